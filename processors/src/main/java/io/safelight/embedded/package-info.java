/**
 * The servers a process starts for itself where none is configured: broker, object store, PostgreSQL, SFTP. Each keeps its
 * files in its own folder under the data folder, binds to loopback only and survives {@code kill -9}.
 * May import {@code store}, {@code config}, {@code model} and {@code error}; nothing but the wiring imports it.
 */
package io.safelight.embedded;
