#include "es/release.hpp"

namespace followd::es {

engine::Release release_of(const ClusterInfo& info) {
    engine::Release release;
    release.is_opensearch = info.product == Product::opensearch;
    release.major = info.version.major;
    release.minor = info.version.minor;
    release.excludes_vectors = capabilities_of(info).exclude_vectors;
    release.text = info.text();
    return release;
}

}  // namespace followd::es
