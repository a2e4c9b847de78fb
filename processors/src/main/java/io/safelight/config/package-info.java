/** What can be configured: {@code safelight.*}, variants and policy, checked at start. May import {@code model} and {@code error}. */
package io.safelight.config;
