/**
 * How many replicas a queue needs: its history, forecasts of what will come, the decision and why; and, in {@code backtest}, what all
 * that would have done to a recorded load. Does no input or output but its own history file. May import {@code model}, {@code error}.
 */
package io.safelight.scale;
