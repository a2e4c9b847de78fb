/** What time leaves behind: expired, unreferenced and stuck things. Speaks to the object store and the metadata API. May import {@code store}, {@code model}, {@code error}. */
package io.safelight.lifecycle;
