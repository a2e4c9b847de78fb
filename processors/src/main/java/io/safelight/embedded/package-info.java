/**
 * The servers a process starts for itself where none is configured: broker, object store, PostgreSQL, SFTP. Each keeps its
 * files in its own folder under the data folder, binds to loopback only and survives {@code kill -9}.
 * May import {@code config}, {@code model} and {@code error}; nothing but the application's start imports it.
 */
package io.safelight.embedded;
