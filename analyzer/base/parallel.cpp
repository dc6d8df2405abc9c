// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace kstrax {

unsigned processors() {
    static const unsigned count = std::max(1U, std::thread::hardware_concurrency());
    return count;
}

void parallel_for(std::size_t count, const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::exception_ptr failure;
    const auto run = [&] {
        try {
            for (std::size_t i = next++; i < count; i = next++) work(i);
        } catch (...) {  // as when memory runs out: out of a thread's function it would end the process
            next = count;
            const std::lock_guard lock(mutex);
            failure = std::current_exception();
        }
    };
    const std::size_t workers = std::min<std::size_t>(processors(), count);
    std::vector<std::jthread> others;
    try {
        for (std::size_t i = 1; i < workers; ++i) others.emplace_back(run);
    } catch (const std::system_error&) {
        // The system gives no more threads: the running ones do all the work.
    }
    run();
    others.clear();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace kstrax
