/**
 * Decoding in processes of its own: {@code WorkerPool} is an engine that hands each job to a {@code WorkerProcess}, whose {@code Worker}
 * has the real engine in it. May import {@code transform}, {@code decode}, {@code model} and {@code error}.
 */
package io.safelight.transform.worker;
