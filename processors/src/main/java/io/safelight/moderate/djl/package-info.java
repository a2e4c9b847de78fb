/** Runs a model with the Deep Java Library on ONNX Runtime; the only package that imports either. May import {@code moderate} and {@code error}. */
package io.safelight.moderate.djl;
