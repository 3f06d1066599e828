#include "config/load.hpp"

#include "config/document.hpp"
#include "config/file.hpp"

#include <utility>

namespace followd::config {

namespace {

/// Ends a sentence; the file's name stands in front of it already.
std::string reason(const Failure& failure, const std::string& path) {
    return failure.what.starts_with(path + " ") ? failure.what.substr(path.size() + 1)
                                                : failure.what;
}

}  // namespace

SettingsOrMistakes load_settings(const std::string& path) {
    const Result<FileContent> content = read_file(path, document_bytes_max);
    if (content.ok()) {
        return parse_settings(content->text, path);
    }
    Mistakes mistakes{path};
    mistakes.add(Place{}, "", reason(content.failure(), path));
    return mistakes.in_file_order();
}

}  // namespace followd::config
