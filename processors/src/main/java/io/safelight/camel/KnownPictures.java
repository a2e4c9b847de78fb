package io.safelight.camel;

import io.safelight.catalog.Banks;
import io.safelight.catalog.Catalog;
import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.intake.Upload;
import io.safelight.model.Ids;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.Header;

/** The hash banks, for the routes of the metadata group. */
@Named("banks")
@Singleton
public class KnownPictures {
    private static final int LONGEST_TEXT = 500;

    private final Banks banks;

    public KnownPictures(Catalog catalog) {
        this.banks = catalog.banks();
    }

    public Map<String, List<Banks.Bank>> list() {
        return Map.of("banks", banks.list());
    }

    /** Body: the request's only file, a list of hashes; afterwards how many were added. */
    public Banks.Added add(@ExchangeProperty("bank") String bank, @ExchangeProperty("reason") String reason, @ExchangeProperty("by") String by,
                           List<Upload> body) throws IOException {
        if (body.size() != 1) {
            throw new Rejected(Code.MALFORMED_REQUEST, "Send one list: a PDQ hash of 64 hexadecimal digits in each line.");
        }
        try (Reader list = Files.newBufferedReader(body.getFirst().file())) {
            return banks.add(bank, list, text(reason, "reason"), text(by, "by"));
        } catch (MalformedInputException e) {
            throw new Rejected(Code.MALFORMED_REQUEST, "The list is no UTF-8 text. Send a PDQ hash of 64 hexadecimal digits in each line.", e);
        }
    }

    public Banks.Added addImage(@Header("bank") String bank, @Header("id") String id, @Header("reason") String reason, @Header("by") String by) {
        return banks.add(bank, Ids.parse(id), text(reason, "reason"), text(by, "by"));
    }

    public Map<String, Object> remove(@Header("bank") String bank, @Header("hash") String hash, @Header("reason") String reason, @Header("by") String by) {
        banks.remove(bank, hash, text(reason, "reason"), text(by, "by"));
        return Map.of("bank", bank, "removed", hash);
    }

    /** What a caller says for the audit; null where that is nothing. @throws Rejected {@code bad-parameter} where it is too long */
    static String text(String value, String name) {
        if (value != null && value.length() > LONGEST_TEXT) {
            throw new Rejected(Code.BAD_PARAMETER, "%s has at most %d characters.".formatted(name, LONGEST_TEXT));
        }
        return value == null || value.isBlank() ? null : value;
    }

    /** Body afterwards: the file of the list, of which a million lines are 65 MB. */
    public void export(Exchange exchange, @Header("bank") String bank) throws IOException {
        Path file = Work.folder(exchange).resolve("hashes");
        try (Writer out = Files.newBufferedWriter(file)) {
            banks.export(bank, out);
        }
        Http.answer(exchange, "text/plain; charset=utf-8", Files.newInputStream(file));
    }
}
