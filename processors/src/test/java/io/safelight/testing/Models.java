package io.safelight.testing;

import io.safelight.moderate.Batching;
import io.safelight.moderate.Model;
import io.safelight.moderate.Placement;
import io.safelight.moderate.RunningModel;
import io.safelight.moderate.batch.BatchListener;
import java.time.Duration;

/** The default model, loaded. */
public final class Models {
    private Models() {}

    public static RunningModel running(int batchSize, Duration maxWait, int predictors, int maxQueue) {
        return running(Placement.DEFAULT, batchSize, maxWait, predictors, maxQueue);
    }

    public static RunningModel running(Placement placement, int batchSize, Duration maxWait, int predictors, int maxQueue) {
        return new RunningModel(Model.shipped(), placement, new Batching(batchSize, maxWait, predictors, maxQueue), BatchListener.NONE);
    }
}
