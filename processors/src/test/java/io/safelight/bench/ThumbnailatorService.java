package io.safelight.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import net.coobird.thumbnailator.Thumbnails;

/**
 * What a small service looks like that somebody writes in an afternoon: an image is posted, the master and every size are
 * written to a folder as JPEG, and then the answer is sent. A request at a time per core; nothing is kept safe, looked at or served.
 * {@code /plain} takes the upload for each size, as Thumbnailator's documentation does; {@code /once} decodes it once.
 */
final class ThumbnailatorService {
    private static final int MASTER_SIDE = 2048;

    private ThumbnailatorService() {}

    /** @param args the folder, then the widths */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        List<Integer> widths = List.of(args).subList(1, args.length).stream().map(Integer::valueOf).toList();
        AtomicInteger images = new AtomicInteger();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors()));
        server.createContext("/plain", exchange -> answer(exchange, folder.resolve(Integer.toString(images.incrementAndGet())), (body, to) -> plain(body, widths, to)));
        server.createContext("/once", exchange -> answer(exchange, folder.resolve(Integer.toString(images.incrementAndGet())), (body, to) -> once(body, widths, to)));
        server.start();
        System.out.println(server.getAddress().getPort());
    }

    private interface Way {
        void make(InputStream body, Path folder) throws IOException;
    }

    private static void answer(HttpExchange exchange, Path folder, Way way) throws IOException {
        try (exchange) {
            way.make(exchange.getRequestBody(), Files.createDirectories(folder));
            exchange.sendResponseHeaders(204, -1);
        } catch (RuntimeException | IOException e) {
            e.printStackTrace();
            throw e;
        }
    }

    private static void plain(InputStream body, List<Integer> widths, Path folder) throws IOException {
        Path original = folder.resolve("original");
        Files.copy(body, original);
        Thumbnails.of(original.toFile()).size(MASTER_SIDE, MASTER_SIDE).outputFormat("jpg").outputQuality(0.92).toFile(folder.resolve("master.jpg").toFile());
        for (int width : widths) {
            Thumbnails.of(original.toFile()).width(width).outputFormat("jpg").outputQuality(0.8).toFile(folder.resolve(width + ".jpg").toFile());
        }
    }

    private static void once(InputStream body, List<Integer> widths, Path folder) throws IOException {
        BufferedImage whole = Thumbnails.of(body).scale(1).asBufferedImage();
        int side = Math.min(MASTER_SIDE, Math.max(whole.getWidth(), whole.getHeight()));
        BufferedImage master = Thumbnails.of(whole).size(side, side).asBufferedImage();
        write(master, master.getWidth(), 0.92, folder.resolve("master.jpg"));
        for (int width : widths) {
            write(master, Math.min(width, master.getWidth()), 0.8, folder.resolve(width + ".jpg"));
        }
    }

    private static void write(BufferedImage master, int width, double quality, Path file) throws IOException {
        Thumbnails.of(master).width(width).imageType(BufferedImage.TYPE_INT_RGB).outputFormat("jpg").outputQuality(quality).toFile(file.toFile());
    }
}
