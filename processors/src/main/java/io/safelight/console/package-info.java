/**
 * The console's pages: templates, and how what they show is said. Owns nothing that is shown. May import {@code catalog}, {@code model} and
 * {@code error}; knows nothing of Camel or HTTP.
 */
package io.safelight.console;
