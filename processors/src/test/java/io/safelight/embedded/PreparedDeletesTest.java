package io.safelight.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreparedDeletesTest {
    @Test
    void deletionsThatNameTheirRowsAreDoneByAStatementThatDoesNot() throws Exception {
        PreparedDeletes.install();
        PreparedDeletes.install();
        try (var connection = DriverManager.getConnection("jdbc:derby:memory:deletes;create=true"); var statement = connection.createStatement()) {
            statement.executeUpdate("CREATE TABLE MESSAGES (message_id BIGINT)");
            statement.executeUpdate("INSERT INTO MESSAGES VALUES 1, 2, 3, 40");

            assertEquals(2, statement.executeUpdate("DELETE FROM MESSAGES WHERE message_id IN (1, 40, 500)"));
            assertEquals(1, statement.executeUpdate("DELETE FROM MESSAGES WHERE message_id IN (3)"));

            assertEquals(List.of("2"), query(statement, "SELECT message_id FROM MESSAGES"));
            assertEquals(List.of("DELETE FROM MESSAGES WHERE message_id = ?"),
                    query(statement, "SELECT SQL_TEXT FROM SYSCS_DIAG.STATEMENT_CACHE WHERE SQL_TEXT LIKE 'DELETE%'"));
            assertThrows(SQLException.class, () -> statement.executeUpdate("DELETE FROM NOTHING WHERE message_id IN (1)"));
        }
    }

    private static List<String> query(Statement statement, String sql) throws SQLException {
        List<String> values = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        }
        return values;
    }
}
