/**
 * {@code ./safelight chaos}: hurts a running Safelight by a plan made from a seed, and checks a ledger of what was acknowledged against
 * what is stored, known and served. {@code ./safelight bench surge}: the same ledger while uploads swell and workers come and go. Uses the
 * packaged application through its doors alone; may import anything of the tests.
 */
package io.safelight.chaos;
