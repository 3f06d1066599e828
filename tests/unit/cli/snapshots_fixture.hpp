#pragma once

#include "engine/snapshot_ports.hpp"
#include "engine/task.hpp"
#include "es/json.hpp"
#include "support/fake_http_client.hpp"
#include "support/virtual_timers.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace followd::cli {

/// A cluster that answers by a script, in time that costs none.
class SnapshotsFixture : public testing::Test {
protected:
    static engine::RuleRepository shared_folder() {
        engine::RuleRepository repository;
        repository.settings.name = RepositoryName{"nfs"};
        repository.settings.leader_location = "/mnt/there";
        repository.settings.follower_location = "/mnt/here";
        repository.leader = ClusterName{"berlin"};
        return repository;
    }

    /// The answer to GET of a snapshot.
    static std::string snapshot(const std::string& name,
                                const std::string& state,
                                const std::string& more = {}) {
        return R"({"snapshots":[{"snapshot":")" + name + R"(","state":")" + state +
               R"(","version":"9.2.0","version_id":9039001,"indices":["a","b"])" + more + "}]}";
    }
    static std::string error(const std::string& type, const std::string& reason = "no") {
        return R"({"error":{"type":")" + type + R"(","reason":")" + reason + R"("}})";
    }

    void get(const std::string& target, const std::string& body, int status = 200) {
        client.answer(http::Method::get, target, status, body);
    }

    /// Begins it; it goes on as time does. The result is its own when it has ended.
    template <class T>
    void start(Task<T> task, std::optional<T>* result) {
        boost::asio::co_spawn(
            context, store(std::move(task), result), [](const std::exception_ptr& thrown) {
                if (thrown) {
                    std::rethrow_exception(thrown);
                }
            });
    }
    /// What it came to within two hours.
    template <class T>
    std::optional<T> run(Task<T> task) {
        std::optional<T> result;
        start(std::move(task), &result);
        (void)timers.run_until([&result] { return result.has_value(); }, std::chrono::hours{2});
        return result;
    }

    [[nodiscard]] bool was_called(const std::string& call) const {
        const auto calls = client.calls();
        return std::ranges::find(calls, call) != calls.end();
    }

    boost::asio::io_context context;
    test::VirtualTimers timers{context};
    test::FakeHttpClient client;

private:
    template <class T>
    static Task<void> store(Task<T> task, std::optional<T>* result) {
        T value = co_await std::move(task);
        result->emplace(std::move(value));
    }
};

}  // namespace followd::cli
