package io.safelight.scale;

import io.safelight.model.KnownEvent;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How many replicas were asked for, and why.
 *
 * @param reactive  replicas for what stands in the queue
 * @param predicted replicas for what is expected; 0 where nothing can be expected
 * @param forecasts those that were looked at, the nearest first
 * @param event     the known event that begins before a replica started now could help, or goes on; of several the one that brings most; null where there is none
 */
public record Decision(Instant at, Backlog backlog, Target target, int reactive, int predicted, List<Forecast> forecasts, KnownEvent event) {
    public static Decision of(Instant at, Backlog backlog, Target target, List<Forecast> forecasts, KnownEvent event) {
        double expected = event == null ? 0 : event.perSecond();
        for (Forecast forecast : forecasts) {
            expected = Math.max(expected, forecast.enough());
        }
        return new Decision(at, backlog, target, target.reactive(backlog), target.replicas(expected), forecasts, event);
    }

    /** Never fewer than for what stands in the queue. */
    public int replicas() {
        return Math.max(reactive, predicted);
    }

    /** @return the backlog that would ask for as many replicas: what an autoscaler that divides by {@link Target#messages()} is told */
    public double messages() {
        return predicted > reactive ? predicted * target.messages() : backlog.messages();
    }

    /** @return the forecast that asks for most */
    public Optional<Forecast> highest() {
        Forecast highest = null;
        for (Forecast forecast : forecasts) {
            highest = highest == null || forecast.enough() > highest.enough() ? forecast : highest;
        }
        return Optional.ofNullable(highest);
    }

    /** @return a sentence for people */
    public String why() {
        return text("%d messages wait or are in hand, for %d replicas at %s each; %s.", backlog.messages(), reactive, figure(target.messages()), expectation());
    }

    private String expectation() {
        if (target.rate() == 0) {
            return "what a replica gets done in a second is not known, so nothing is expected";
        }
        Optional<Forecast> forecast = highest();
        if (event != null && forecast.stream().noneMatch(f -> f.enough() > event.perSecond())) {
            return text("'%s' is known to bring %s a minute, for %d replicas", event.name(), figure(event.perMinute()), predicted);
        }
        return forecast.map(f -> text("%s expects %.2f messages a second in %d s, and %.2f are to be ready for, by %d replicas", f.model(), f.rate(),
                f.ahead() * History.STEP.toSeconds(), f.enough(), predicted)).orElse("there is too little history to expect anything");
    }

    private static String figure(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : text("%.2f", number);
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
