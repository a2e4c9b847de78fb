package io.safelight.scale;

import java.util.List;

/**
 * What a queue's scaler saw, what it asks for, and why.
 *
 * @param arrivalsPerSecond in the last step that was watched; null where it is not known
 * @param donePerSecond     likewise
 * @param model             the model that was believed; null where none was
 * @param hoursOfHistory    time that has been watched, with gaps
 * @param share             the part of forecasts that is asked for, from 0 to 1: less than all where they cost more than reactive scaling would
 * @param forecasts         for every horizon; those that were decided by are in the decision
 */
public record Explanation(String queue, int replicas, String why, String model, Double arrivalsPerSecond, Double donePerSecond,
                          int consumers, double hoursOfHistory, double share, List<Forecast> forecasts, Decision decision) {}
