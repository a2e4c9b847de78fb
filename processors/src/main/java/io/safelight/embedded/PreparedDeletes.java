package io.safelight.embedded;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Derby as Qpid sees it. Qpid deletes messages by statements that name their ids, so that no two are alike and Derby parses, plans and compiles
 * each to a class: more work than all else that it does for a message. Here the same rows go by statements that Derby knows already.
 */
final class PreparedDeletes implements Driver {
    private static final String URL = "jdbc:derby:";
    private static final Pattern DELETE = Pattern.compile("(DELETE FROM \\w+ WHERE message_id) IN \\((\\d+(?:, \\d+)*)\\)");

    private final Driver derby;

    private PreparedDeletes(Driver derby) {
        this.derby = derby;
    }

    /** Takes Derby's place among the drivers of this JVM, once. */
    static synchronized void install() throws SQLException {
        for (var driver : DriverManager.drivers().filter(PreparedDeletes::isDerby).toList()) {
            DriverManager.deregisterDriver(driver);
            DriverManager.registerDriver(new PreparedDeletes(driver));
        }
    }

    private static boolean isDerby(Driver driver) {
        try {
            return !(driver instanceof PreparedDeletes) && driver.acceptsURL(URL);
        } catch (SQLException e) {
            return false;
        }
    }

    @Override
    public Connection connect(String url, Properties info) throws SQLException {
        var connection = derby.connect(url, info);
        return connection == null ? null : in(Connection.class, (method, arguments) -> {
            var result = call(connection, method, arguments);
            return result instanceof Statement statement && method.getName().equals("createStatement") ? prepared(connection, statement) : result;
        });
    }

    private static Statement prepared(Connection connection, Statement statement) {
        return in(Statement.class, (method, arguments) -> {
            if (method.getName().equals("executeUpdate") && arguments.length == 1) {
                var delete = DELETE.matcher((String) arguments[0]);
                if (delete.matches()) {
                    return delete(connection, delete);
                }
            }
            return call(statement, method, arguments);
        });
    }

    private static int delete(Connection connection, Matcher delete) throws SQLException {
        int deleted = 0;
        try (PreparedStatement statement = connection.prepareStatement(delete.group(1) + " = ?")) {
            for (var id : delete.group(2).split(", ")) {
                statement.setLong(1, Long.parseLong(id));
                deleted += statement.executeUpdate();
            }
        }
        return deleted;
    }

    private interface Answers {
        Object to(Method method, Object[] arguments) throws Throwable;
    }

    private static <T> T in(Class<T> type, Answers answers) {
        return type.cast(Proxy.newProxyInstance(PreparedDeletes.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> answers.to(method, arguments)));
    }

    private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    @Override
    public boolean acceptsURL(String url) throws SQLException {
        return derby.acceptsURL(url);
    }

    @Override
    public DriverPropertyInfo[] getPropertyInfo(String url, Properties info) throws SQLException {
        return derby.getPropertyInfo(url, info);
    }

    @Override
    public int getMajorVersion() {
        return derby.getMajorVersion();
    }

    @Override
    public int getMinorVersion() {
        return derby.getMinorVersion();
    }

    @Override
    public boolean jdbcCompliant() {
        return derby.jdbcCompliant();
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getLogger(PreparedDeletes.class.getPackageName());
    }
}
