#include "store_fixture.hpp"

#include <array>
#include <map>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace followd::store {
namespace {

constexpr int shards = 4;

struct Acknowledged {
    int shard;
    std::int64_t applied_through;
};

Task<void> save_for_ever(engine::CheckpointStore* store, int shard, std::int64_t first, int pipe) {
    for (std::int64_t next = first;; ++next) {
        ShardKey key = key_of(shard);
        Checkpoint checkpoint = checkpoint_at(next);
        const Result<void> saved = co_await store->save(std::move(key), std::move(checkpoint));
        const Acknowledged acknowledged{shard, next};
        if (!saved.ok() || write(pipe, &acknowledged, sizeof acknowledged) < 0) {
            _exit(1);
        }
    }
}

[[noreturn]] void be_the_daemon(const std::string& path, std::int64_t first, int pipe) {
    auto store = SqliteCheckpointStore::open(path);
    if (!store.ok()) {
        _exit(1);
    }
    boost::asio::io_context loop{1};
    for (int shard = 0; shard < shards; ++shard) {
        boost::asio::co_spawn(
            loop, save_for_ever(store->get(), shard, first, pipe), boost::asio::detached);
    }
    loop.run();
    _exit(1);
}

class Crash : public StoreTest {};

TEST_F(Crash, kill_9_keeps_every_acknowledged_save) {
    std::map<int, std::int64_t> acknowledged;
    std::int64_t first = 0;
    for (int round = 0; round < 5; ++round) {
        std::array<int, 2> ends{};
        ASSERT_EQ(pipe(ends.data()), 0);
        const pid_t child = fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            close(ends[0]);
            be_the_daemon(path_, first, ends[1]);
        }
        close(ends[1]);
        Acknowledged one{};
        int count = 0;
        while (read(ends[0], &one, sizeof one) == ssize_t{sizeof one}) {
            acknowledged[one.shard] = one.applied_through;
            first = std::max(first, one.applied_through + 1);
            if (++count == 40 + 7 * round) {
                kill(child, SIGKILL);  // what is in the pipe is still read
            }
        }
        close(ends[0]);
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child could not save";
        open();
        for (int shard = 0; shard < shards; ++shard) {
            const auto loaded = load(shard);
            ASSERT_TRUE(loaded.ok());
            ASSERT_TRUE(loaded.value().has_value());
            EXPECT_GE(loaded.value()->applied_through, SeqNo{acknowledged[shard]});
        }
        store_.reset();
    }
}

}  // namespace
}  // namespace followd::store
