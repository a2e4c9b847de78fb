package io.safelight.camel;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageProperties;
import org.springframework.amqp.support.converter.MessageConverter;

/** Bodies as they came. Camel's own converter makes text of what says it is text, in the charset it says, and fails where there is none of that name. */
@Named("wholeMessages")
@Singleton
public class WholeMessages implements MessageConverter {
    @Override
    public Object fromMessage(Message message) {
        return message.getBody();
    }

    /** Not for what is published. */
    @Override
    public Message toMessage(Object body, MessageProperties properties) {
        throw new UnsupportedOperationException();
    }
}
