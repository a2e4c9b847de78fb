/** What {@code ./safelight bench} runs: our engine and the whole pipeline beside what others use. Not shipped, and no part of the tests. */
package io.safelight.bench;
