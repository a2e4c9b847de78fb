package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.safelight.config.SafelightConfig;
import io.safelight.error.Code;
import io.safelight.error.Problem;
import io.safelight.error.Rejected;
import io.safelight.error.Unavailable;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.amqp.AmqpException;

class RefusalsTest {
    private static final Refusals OF_THIS_PROCESS = Refusals.here;

    private final List<String> lines = new ArrayList<>();
    private long now = -5;
    private final Refusals refusals = new Refusals(lines::add, () -> now);

    @AfterEach
    void backToTheLog() {
        Refusals.here = OF_THIS_PROCESS;
    }

    private void refuse(Code code) {
        refusals.note(Problem.of(code, "Try again."), "Try again.");
    }

    @Test
    void aStormIsALineASecondForEachCodeThatTellsHowManyWereLeftOut() {
        for (int i = 0; i < 1_200; i++) {
            refuse(Code.BUSY);
        }
        refuse(Code.UNAVAILABLE);
        assertEquals(List.of("Refused as busy: Try again.", "Refused as unavailable: Try again."), lines);

        now += Duration.ofSeconds(1).toNanos();
        refuse(Code.BUSY);
        now += Duration.ofSeconds(1).toNanos();
        refuse(Code.BUSY);
        assertEquals(List.of("Refused as busy: Try again. (1,199 more since the last such line)", "Refused as busy: Try again."), lines.subList(2, 4));
    }

    @Test
    void whatIsTheCallersOwnAffairIsNotTold() {
        refuse(Code.NOT_FOUND);
        assertEquals(List.of(), lines);
    }

    private static Exchange failed(Exception cause) {
        Exchange exchange = new DefaultExchange(new DefaultCamelContext());
        exchange.setProperty(Exchange.EXCEPTION_CAUGHT, cause);
        return exchange;
    }

    @Test
    void whatIsAnsweredOverHttpIsTold() throws Exception {
        Refusals.here = refusals;
        Http http = new Http();
        http.problem(failed(new Unavailable(Code.BUSY, "Too many images are waiting to be made; try again.", null)));
        http.problem(failed(new AmqpException("no connection")));
        http.problem(failed(new Rejected(Code.NOT_FOUND, "There is none.")));
        assertEquals(List.of("Refused as busy: Too many images are waiting to be made; try again.", "Refused as unavailable: no connection"), lines);
    }

    @Test
    void anUploadThatIsNotTakenInIsTold() {
        Refusals.here = refusals;
        SafelightConfig config = new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(SafelightConfig.class).build().getConfigMapping(SafelightConfig.class);
        Uploads uploads = new Uploads(null, null, null, null, config);
        uploads.refuse(failed(new Unavailable(Code.BUSY, "The disk is nearly full; try again later.", null)));
        uploads.refuse(failed(new AmqpException("no connection")));
        uploads.refuse(failed(new Rejected(Code.BROKEN_IMAGE, "It is damaged.")));
        assertEquals(List.of("Refused as busy: The disk is nearly full; try again later.", "Refused as unavailable: no connection"), lines);
    }
}
