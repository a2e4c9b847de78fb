/** Runs a model with the Deep Java Library on ONNX Runtime or MXNet; the only package that imports any of them. May import {@code moderate}, {@code decode} and {@code error}. */
package io.safelight.moderate.djl;
