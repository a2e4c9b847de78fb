/**
 * What Hawtio needs of a process: Jolokia, narrowed to what is looked at and done there, and a login. Owns no HTTP server. May import
 * {@code error}; knows nothing of Camel but the names of its MBeans.
 */
package io.safelight.hawtio;
