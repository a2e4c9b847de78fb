/**
 * What is known of every image: hears every event, keeps the state, decides, publishes and withdraws. Owns the tables.
 * May import {@code model}, {@code error} and {@code store}.
 */
package io.safelight.catalog;
