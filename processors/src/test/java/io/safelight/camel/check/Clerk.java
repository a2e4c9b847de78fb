package io.safelight.camel.check;

import jakarta.inject.Named;

/** The bean that the checked routes of the tests call. */
@Named("clerk")
public class Clerk extends Staff {
    public void file() {}

    public void refuse() {}

    void whisper() {}
}

class Staff {
    public String rest() {
        return "at rest";
    }
}
