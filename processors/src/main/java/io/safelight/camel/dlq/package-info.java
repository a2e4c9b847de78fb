/** {@code ./safelight dlq}: dead letters at a shell, over the API of the group metadata. May import {@code model} and {@code error}. */
package io.safelight.camel.dlq;
