#pragma once

#include "engine/ports.hpp"
#include "http/client.hpp"
#include "repository/mirror_folder.hpp"
#include "repository/puller.hpp"
#include "repository/repository_source.hpp"
#include "repository/root_file.hpp"
#include "server_fixture.hpp"
#include "support/run.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <string>

/// A served folder and a copy of it, with an oracle that knows what a snapshot needs.

namespace followd::repository::test {

namespace fs = std::filesystem;

/// Whoever sleeps wakes at once, that much later.
class HastyTimers final : public engine::Timers {
public:
    [[nodiscard]] Instant now() const override { return now_; }
    [[nodiscard]] Task<void> sleep_until(Instant when) override {
        now_ = std::max(now_, when);
        co_return;
    }
    void wake_all() override {}

private:
    Instant now_{};
};

inline std::string content_of(const fs::path& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

/// Path -> content of all regular files but our own.
inline std::map<std::string, std::string> files_in(const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator{folder}) {
        const std::string path = fs::relative(entry.path(), folder);
        if (entry.is_regular_file() && !path.starts_with(".followd-mirror")) {
            files[path] = content_of(entry.path());
        }
    }
    return files;
}

class PullTest : public ServerTest {
protected:
    void begin(ServerOptions options = {}) {
        const auto started = start(std::move(options));
        ASSERT_TRUE(started.ok()) << to_string(started.failure());
    }

    std::string to() const { return copy_.file("mirror"); }

    /// A root file lists what it refers to, a line each: "path content".
    void put_root(std::uint64_t generation, const std::map<std::string, std::string>& blobs) {
        std::string text;
        for (const auto& [path, content] : blobs) {
            text += path + " " + content + "\n";
        }
        put_whole(root_file_name(generation), text);
        put_whole(pointer_name, write_pointer(generation));
    }

    void put_whole(const std::string& path, const std::string& content) {
        put(path + ".aside", content);
        fs::rename(folder_.file(path + ".aside"), folder_.file(path));
    }

    /// A repository with one snapshot of some blobs.
    std::map<std::string, std::string> put_snapshot() {
        const std::map<std::string, std::string> blobs{{"indices/a/0/__1", "one"},
                                                       {"indices/a/0/__2", "zwei"},
                                                       {"indices/a/meta.dat", "m"},
                                                       {"snap-x.dat", "x"}};
        for (const auto& [path, content] : blobs) {
            put(path, content);
        }
        put_root(7, blobs);
        return blobs;
    }

    std::unique_ptr<http::Client> client(std::string token = {}) {
        http::Url url;
        url.host = "127.0.0.1";
        url.port = port_;
        return http::Client::create(pulling_.get_executor(),
                                    {.name = "the source",
                                     .urls = {url},
                                     .secret_path = token.empty() ? "" : "/" + token})
            .value();
    }

    Result<PullReport> pull(PullOptions options = {}, std::string token = {}) {
        auto mirror = MirrorFolder::open(to(), "here");
        if (!mirror) {
            return std::move(mirror).failure();
        }
        RepositorySource source{client(std::move(token))};
        HastyTimers timers;
        Puller puller{pulling_.get_executor(), &source, &*mirror, &timers, std::move(options)};
        puller_ = &puller;
        auto pulled = followd::test::run(pulling_, puller.pull());
        puller_ = nullptr;
        source.close();
        pulling_.restart();
        pulling_.run();
        return pulled;
    }

    /// What a cluster that restores from the copy would miss; empty where nothing. `root` is the
    /// highest one where it lists the folder, else the one that index.latest names.
    std::string missing_for(const std::string& root) const {
        std::istringstream lines{content_of(fs::path{to()} / root)};
        for (std::string path, content; lines >> path >> content;) {
            if (content_of(fs::path{to()} / path) != content) {
                return root + " lacks " + path;
            }
        }
        return {};
    }

    std::string what_is_missing() const {
        std::optional<std::uint64_t> highest;
        for (const auto& entry : fs::directory_iterator{to()}) {
            const auto generation = root_generation(entry.path().filename().string());
            highest = generation ? std::max(highest, generation) : highest;
        }
        std::string missing = highest ? missing_for(root_file_name(*highest)) : std::string{};
        const std::string pointer = content_of(fs::path{to()} / pointer_name);
        if (!pointer.empty()) {
            const std::string named = root_file_name(read_pointer(pointer).value());
            missing +=
                fs::exists(fs::path{to()} / named) ? missing_for(named) : named + " is not there";
        }
        return missing;
    }

    followd::test::TemporaryFolder copy_;
    boost::asio::io_context pulling_;
    Puller* puller_ = nullptr;  ///< while one pulls
};

}  // namespace followd::repository::test
