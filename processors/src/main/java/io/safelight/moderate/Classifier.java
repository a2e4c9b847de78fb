package io.safelight.moderate;

/** Runs a model on a batch. One thread at a time. */
public interface Classifier extends AutoCloseable {
    /**
     * @param batch images, each as {@link io.safelight.decode.ModelInput#of} makes it
     * @return for each image the probabilities in the order of the model's labels
     * @throws io.safelight.error.Unavailable where the engine itself has failed, such as for want of memory: no image is at fault
     * @throws RuntimeException               where any image of the batch cannot be classified
     */
    float[][] classify(float[][] batch);

    @Override
    void close();
}
