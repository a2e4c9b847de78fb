/**
 * What time leaves behind: expired, unreferenced and stuck things; and where object store and database disagree. Speaks to the object store and the metadata API. May import {@code store}, {@code model}, {@code error}.
 */
package io.safelight.lifecycle;
