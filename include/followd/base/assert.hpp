#pragma once

/// Assertions that stay on in every build.
///
/// An assertion states what cannot be unless this program itself is wrong; it prints the expression
/// with its place and aborts. What a server, a file or a person can cause is never asserted: it is
/// a Failure (result.hpp). Safe on any thread.

namespace followd {

/// Prints the broken expectation to standard error and aborts.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace followd

#define FOLLOWD_ASSERT(expression)       \
    ((expression) ? static_cast<void>(0) \
                  : ::followd::assertion_failed(#expression, __FILE__, __LINE__))
