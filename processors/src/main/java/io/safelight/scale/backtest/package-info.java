/**
 * {@code ./safelight backtest}: what the forecasts and the decisions of {@code scale} would have done to a recorded load, in a simulator
 * with fixed rules. May import {@code scale}, {@code error}.
 */
package io.safelight.scale.backtest;
