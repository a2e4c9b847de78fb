package io.safelight.moderate;

/** Runs a model on a batch. One thread at a time. */
public interface Classifier extends AutoCloseable {
    /**
     * @param batch images as {@link Preprocess} makes them
     * @return for each image the probabilities in the order of the model's labels
     * @throws RuntimeException where any image of the batch cannot be classified
     */
    float[][] classify(float[][] batch);

    @Override
    void close();
}
