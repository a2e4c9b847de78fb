package io.safelight.validate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.model.Format;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SvgTest {
    private static final Rules RULES = new Rules(EnumSet.allOf(Format.class), 100_000_000, 512_000_000, 30_000, 500);
    private static final String PNG_URI = "data:image/png;base64,iVBORw0KGgo=";

    private static final String INKSCAPE = """
            <?xml version="1.0" encoding="UTF-8" standalone="no"?>
            <!-- Created with Inkscape (http://www.inkscape.org/) -->
            <svg width="210mm" height="297mm" viewBox="0 0 210 297" version="1.1" id="svg5" inkscape:version="1.2"
               sodipodi:docname="a\\b.svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"
               xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" xmlns:xlink="http://www.w3.org/1999/xlink"
               xmlns="http://www.w3.org/2000/svg" xmlns:svg="http://www.w3.org/2000/svg"
               xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:cc="http://creativecommons.org/ns#">
              <sodipodi:namedview id="namedview7" pagecolor="#ffffff" inkscape:onzoom="x"><inkscape:grid type="xygrid"/></sodipodi:namedview>
              <title>A drawing</title>
              <metadata><rdf:RDF><cc:Work rdf:about=""><cc:license rdf:resource="http://creativecommons.org/licenses/by/4.0/"/></cc:Work></rdf:RDF></metadata>
              <?xpacket begin="x"?>
              <defs id="defs2">
                <linearGradient id="a"><stop style="stop-color:#000;stop-opacity:1" offset="0"/><stop offset="1"/></linearGradient>
                <linearGradient xlink:href="#a" id="b" gradientTransform="matrix(1,0,0,1,2,3)"/>
                <marker id="end"><path d="M 0,0 L 5,-5 L -12,0 z" style="marker-start:none"/></marker>
                <filter id="blur" x="-0.1" width="1.2"><feGaussianBlur stdDeviation="2"/></filter>
                <clipPath id="clip"><use href="#shape"/></clipPath>
                <style>
                  /* "classes" */ .cls-1, .cls-2 {fill:url("#b") #000; font-family: "Myriad Pro", 'Arial'}
                  #shape > text {opacity: .5}
                </style>
              </defs>
              <g inkscape:label="Layer 1" inkscape:groupmode="layer" id="layer1" data-name="Layer (1)" transform="translate(2,3) rotate(4)">
                <path id="shape" style="fill:url(#b);stroke:#000;stroke-dasharray:2, 1;marker-end:url(#end)" d="m1,2 3e1-4c1 1 2 2 3 3zA1 1 0 01 5 5"/>
                <svg:rect class="cls-1" width="50%" height="10" filter="url('#blur')" clip-path="url(#clip)" fill="rgb(1, 2, 3)"/>
                <use xlink:href="#shape" x="5" xml:space="preserve"/>
                <text x="1" y="2">Tom &amp; <tspan class="cls-2">Jerry &#x2014; &lt;script&gt;</tspan></text>
              </g>
            </svg>
            """;

    @TempDir
    Path folder;

    // ---- drawings that are taken

    @Test
    void takesWhatEditorsWrite() {
        Inspection seen = inspect(INKSCAPE);

        assertEquals(new Inspection(Format.SVG, 794, 1123, 1, 794 * 1123 * 4, false), seen);
    }

    @ParameterizedTest
    @ValueSource(strings = {"<svg width='4' height='4'/>", "\ufeff<?xml version='1.0'?>\n<svg width='4' height='4'/>", "<!-- x --><svg width='4' height='4'/>",
            "<svg:svg xmlns:svg='http://www.w3.org/2000/svg' width='4' height='4'/>"})
    void takesEveryWayADrawingMayBegin(String drawing) {
        assertEquals(4, inspect(drawing).width());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "width='40' height='30' | 40 | 30",
            "width='40px' height=' 3e1 ' | 40 | 30",
            "width='1in' height='72pt' | 96 | 96",
            "width='2.54cm' height='25.4mm' | 96 | 96",
            "width='6pc' height='16.5' | 96 | 17",
            "viewBox='0 0 30.6 20.4' | 31 | 20",
            "viewBox=' -5,-5 , 30 20 ' | 30 | 20",
            "width='100%' height='100%' viewBox='0 0 30 20' | 30 | 20",
            "width='60' viewBox='0 0 30 20' | 60 | 40",
            "width='50%' height='40' viewBox='0 0 30 20' | 60 | 40",
            "width='auto' height='40' viewBox='0 0 30 20' | 60 | 40"})
    void readsTheSize(String attributes, int width, int height) {
        Inspection seen = inspect("<svg xmlns='http://www.w3.org/2000/svg' " + attributes + "/>");

        assertEquals(List.of(width, height), List.of(seen.width(), seen.height()));
        assertEquals(4L * width * height, seen.decodedBytes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "width='40'", "width='100%' height='40'", "width='0' height='4'", "width='0.4' height='4'", "width='-4' height='4'",
            "width='wide' height='4'", "width='4em' height='4'", "width='NaN' height='4'", "viewBox='0 0 4'", "viewBox='0 0 0 4'", "viewBox='a b c d'"})
    void refusesADrawingWithoutAUsableSize(String attributes) {
        refused(Code.BROKEN_IMAGE, "<svg xmlns='http://www.w3.org/2000/svg' " + attributes + "/>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"width='30001' height='1'", "width='999999999e9' height='999999999e9'", "viewBox='0 0 20000 20000'"})
    void refusesAHugeDrawing(String attributes) {
        refused(Code.TOO_MANY_PIXELS, "<svg xmlns='http://www.w3.org/2000/svg' " + attributes + "/>");
    }

    // ---- scripts and what else acts

    @ParameterizedTest
    @ValueSource(strings = {"<script>alert(1)</script>", "<svg:script xmlns:svg='http://www.w3.org/2000/svg'/>", "<script xmlns=''/>",
            "<rect onclick='alert(1)'/>", "<g ONLOAD='x'/>", "<handler/>", "<animate attributeName='href' to='javascript:x'/>", "<set attributeName='href'/>",
            "<animateTransform/>", "<a href='#x'/>", "<foreignObject/>", "<iframe/>", "<embed/>", "<object/>", "<video/>", "<unknown/>",
            "<h:script xmlns:h='http://www.w3.org/1999/xhtml'/>", "<use href='javascript:alert(1)'/>"})
    void refusesWhatActs(String content) {
        unsafe(content);
    }

    @Test
    void refusesAHandlerOnTheDrawingItself() {
        refused(Code.UNSAFE_SVG, "<svg xmlns='http://www.w3.org/2000/svg' width='4' height='4' onload='alert(1)'/>");
    }

    // ---- what comes from outside

    @ParameterizedTest
    @ValueSource(strings = {"<use href='http://example.org/a.svg#b'/>", "<use href='a.svg#b'/>", "<use href=''/>", "<use href='#'/>", "<use href='file:///etc/passwd'/>",
            "<use xlink:href='//example.org/a#b' xmlns:xlink='http://www.w3.org/1999/xlink'/>", "<textPath href=' #a'/>", "<rect src='#a'/>",
            "<image href='http://example.org/a.png'/>", "<image href='" + PNG_URI + "'/>", "<use href='" + PNG_URI + "'/>",
            "<use href='data:image/svg+xml;base64,PHN2Zy8+'/>", "<filter><feImage href='#a'/></filter>", "<g xml:base='http://example.org/'/>",
            "<x:note xmlns:x='urn:x' xml:base='http://example.org/'/>",
            "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='/etc/passwd' parse='text'/>"})
    void refusesLinksToTheOutside(String content) {
        unsafe(content);
    }

    @ParameterizedTest
    @ValueSource(strings = {"url(http://example.org/a)", "url(a.svg#b)", "url( \"//example.org\" )", "URL(http://example.org/a)", "url (a)", "url(#a",
            "\\75 rl(http://example.org/a)", "url(#a) url(b)", "url(data:image/png;base64,AA)", "image(a.png)", "expression(1)", "blur(9px)", "url(#a) url(#b)"})
    void refusesStylesThatReachOut(String value) {
        unsafe("<rect fill='" + value + "'/>");
        unsafe("<rect style='fill:" + value + "'/>");
        unsafe("<style>.a{fill:" + value + "}</style>");
        unsafe("<style><![CDATA[.a{fill:" + value + "}]]></style>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"<style>@import 'a.css';</style>", "<style>@IMPORT url(a.css);</style>", "<style>@font-face{src:url(a.woff)}</style>",
            "<style>.a{fill:<g/>url(#b)}</style>", "<rect cursor='url(#a)'/>", "<path marker-mid='url(#a)'/>", "<rect style='fill:/*;mask:*/url(#a)'/>"})
    void refusesStylesThatImportOrHide(String content) {
        unsafe(content);
    }

    @Test
    void refusesDocumentTypesEntitiesAndLinkedStyleSheets() {
        String svg = "<svg xmlns='http://www.w3.org/2000/svg' width='4' height='4'>";
        refused(Code.UNSAFE_SVG, "<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd'>" + svg + "</svg>");
        refused(Code.UNSAFE_SVG, "<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" + svg + "<text>&x;</text></svg>");
        refused(Code.UNSAFE_SVG, "<!DOCTYPE svg [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]>" + svg + "<text>&b;</text></svg>");
        refused(Code.UNSAFE_SVG, "<?xml-stylesheet href='http://example.org/a.css'?>" + svg + "</svg>");
        refused(null, svg + "<text>&nbsp;</text></svg>");
    }

    // ---- more work than it looks

    @Test
    void takesACostlyDrawingForSlowAndRefusesWhatCannotBeDrawnInTime() {
        assertFalse(inspect(drawing("<g/>".repeat(2_900))).slow());
        assertTrue(inspect(drawing("<g/>".repeat(3_100))).slow());
        unsafe("<g/>".repeat(30_100));
        Rules patient = new Rules(RULES.formats(), RULES.maxBytes(), RULES.maxDecodedBytes(), RULES.maxSide(), 1, Duration.ofMinutes(2));
        assertTrue(inspect(drawing("<g/>".repeat(30_100)).getBytes(StandardCharsets.UTF_8), patient).slow());
    }

    @Test
    void refusesLaughterByUse() {
        StringBuilder laughs = new StringBuilder("<rect id='a0' width='1' height='1'/>");
        for (int i = 1; i < 20; i++) {
            laughs.append("<g id='a%d'>%s</g>".formatted(i, "<use href='#a%d'/>".formatted(i - 1).repeat(10)));
        }
        unsafe(laughs.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip-path", "mask", "filter", "fill", "marker-start", "marker-end"})
    void refusesLaughterByAnyReference(String property) {
        StringBuilder byAttribute = new StringBuilder();
        StringBuilder byStyle = new StringBuilder();
        StringBuilder byClass = new StringBuilder();
        for (int i = 0; i < 12; i++) {
            byAttribute.append("<g id='a%d'>%s</g>".formatted(i, "<path %s='url(#a%d)'/>".formatted(property, i + 1).repeat(10)));
            byStyle.append("<g id='a%d'>%s</g>".formatted(i, "<path style='x:y; %s : url(#a%d)'/>".formatted(property, i + 1).repeat(10)));
            byClass.append("<style>.c%d{%s:url('#a%d')}</style><g id='a%d'>%s</g>".formatted(i, property, i + 1, i, "<path class='b c%d'/>".formatted(i).repeat(10)));
        }
        unsafe(byAttribute.toString());
        unsafe(byStyle.toString());
        unsafe(byClass.toString());
    }

    @Test
    void countsWhatAGroupPassesOnToItsMembers() {
        String arrow = "<marker id='m'>" + "<rect/>".repeat(500) + "</marker>";
        inspect(drawing(arrow + "<path marker-end='url(#m)'/>"));
        unsafe(arrow + "<g marker-end='url(#m)'>" + "<path/>".repeat(500) + "</g>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rect{fill:url(#a)}", "#a{fill:url(#a)}", ".a .b{fill:url(#a)}", "*{fill:url(#a)}", ".a,g{fill:url(#a)}",
            "rect{x:\"} .a{\";fill:url(#a)}", "rect{/* } .a { */fill:url(#a)}", "rect{fill:url(#a)"})
    void refusesStyleRulesOfWhichItCannotTellWhatTheyApplyTo(String rule) {
        unsafe("<style>" + rule.replace("<", "&lt;") + "</style>");
    }

    @Test
    void refusesCirclesAndLongChains() {
        unsafe("<g id='a'><use href='#a'/></g>");
        unsafe("<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>");
        unsafe("<mask id='a'><rect mask='url(#a)'/></mask>");
        for (String element : List.of("use", "linearGradient")) {
            StringBuilder chain = new StringBuilder();
            for (int i = 0; i < 10_000; i++) {
                chain.append("<%s id='a%d' href='#a%d'/>".formatted(element, i, i + 1));
            }
            unsafe(chain.toString());
        }
    }

    @Test
    void refusesTooManyAndTooDeepElements() {
        unsafe("<g/>".repeat(50_000));
        unsafe("<g>".repeat(70) + "</g>".repeat(70));
        inspect(drawing("<g/>".repeat(20_000)));
        inspect(drawing("<g>".repeat(50) + "</g>".repeat(50)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"<pattern id='a' width='30000' height='30000'/>", "<filter><feTurbulence numOctaves='99'/></filter>", "<filter><feMorphology radius='9'/></filter>",
            "<filter x='-1e9' width='2e9'/>", "<filter width='1e999'/>"})
    void refusesWhatTakesMemoryOrSecondsWithoutEnd(String content) {
        unsafe(content);
    }

    @Test
    void countsFiltersLayersAndLetters() {
        unsafe("<filter id='f'><feGaussianBlur/></filter>" + "<rect filter='url(#f)'/>".repeat(120));
        unsafe("<g opacity='.5'/>".repeat(6_000));
        unsafe("<style>g{opacity:.5}</style>" + "<g/>".repeat(6_000));
        inspect(drawing("<style>g{fill-opacity:.5}</style>" + "<g opacity='1'/>".repeat(6_000)));
        unsafe("<text>" + "<tspan>a</tspan>".repeat(5_001) + "</text>");
        unsafe(("<text>" + "a".repeat(5_000) + "</text>").repeat(101));
    }

    @ParameterizedTest
    @ValueSource(strings = {"<path stroke-dasharray='.0001' d='M0 0H2000H0H2000'/>", "<g style='stroke-dasharray:.0001px'><rect width='2000' height='9'/></g>",
            "<style>path{stroke-dasharray:.0001}</style><path d='m0 0h2000'/>", "<g stroke-dasharray='.0001'><use href='#a'/></g><path id='a' d='M0 0H2000'/>",
            "<path stroke-dasharray='1' d='M0 0A1 1e-9 0 0 1 0 2000'/>", "<path stroke-dasharray='1' d='M0 0h5' pathLength='1e9'/>",
            "<symbol viewBox='0 0 1e9 1e9'><rect stroke-dasharray='1' width='100%' height='1'/></symbol>",
            "<circle stroke-dasharray='1' r='1e9em'/>", "<path stroke-dasharray='1%'/>"})
    void refusesDashesWithoutEnd(String content) {
        unsafe(content);
    }

    @Test
    void takesDashesAsDiagramsHaveThem() {
        inspect(drawing("<path stroke-dasharray='3 1' d='M 120 60 L 120 120 A5 5 0 0 1 130 130'/>".repeat(1000)));
        inspect(drawing("<rect width='100%' height='100%'/><path style='stroke-dasharray: none' d='M0 0H1e9'/>"));
        inspect(drawing("<path stroke-dasharray='0' d='M0 0H1e9'/>"));
    }

    // ---- texts that are none

    @ParameterizedTest
    @ValueSource(strings = {"<svg width='4' height='4'>", "<svg width='4' height='4'/><svg/>", "<svg width='4' height='4'/>PK\u0003\u0004", "<svg width='4' width='4'/>",
            "<SVG width='4' height='4'/>", "<svg xmlns='urn:other' width='4' height='4'/>", "<?xml version='1.1'?><svg width='4' height='4'/>",
            "<?xml version='1.0' encoding='UTF-16'?><svg width='4' height='4'/>", "<?xml version='1.0' encoding='IBM037'?><svg width='4' height='4'/>",
            " <?xml version='1.0'?><svg width='4' height='4'/>", "<svg width='4' height='4'><x:y/></svg>"})
    void refusesWhatIsNoWellFormedDrawing(String drawing) {
        refused(Code.BROKEN_IMAGE, drawing);
    }

    @Test
    void takesUtf8Only() throws IOException {
        String drawing = drawing("<text>\u00fc</text>");
        refused(Code.BROKEN_IMAGE, drawing.getBytes(StandardCharsets.ISO_8859_1));
        refused(Code.UNSUPPORTED_TYPE, drawing.getBytes(StandardCharsets.UTF_16));
        refused(Code.UNSUPPORTED_TYPE, drawing.getBytes(Charset.forName("IBM037")));
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(drawing.getBytes(StandardCharsets.UTF_8));
        }
        refused(Code.UNSUPPORTED_TYPE, packed.toByteArray());
    }

    @Test
    void refusesADocumentHiddenInTheFirstBytes() {
        refused(Code.HIDDEN_CONTENT, drawing("<!-- %PDF-1.7 -->"));
        refused(Code.HIDDEN_CONTENT, drawing("<title><![CDATA[<script>]]></title>"));
    }

    @Test
    void refusesAFileTooLargeToBeADrawing() {
        refused(Code.TOO_LARGE, drawing(" ".repeat(4 << 20)));
    }

    @Test
    void takesNoLongerThanTheFileIsLong() {
        String[] tiresome = {"2".repeat(200_000), "a".repeat(200_000), "/*".repeat(100_000), "{".repeat(200_000), "url(#".repeat(40_000), "!".repeat(200_000),
                " ".repeat(200_000), "1,".repeat(100_000), "A2 2 2 2".repeat(20_000), "-".repeat(200_000), "T1".repeat(100_000), ";".repeat(200_000)};
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
            for (String text : tiresome) {
                for (String content : List.of("<path d='A%s' stroke-dasharray='1'/>", "<style>%s</style>", "<path style='%s'/>", "<path class='%s'/>",
                        "<path style='stroke-dasharray:%s'/>", "<svg viewBox='%s'/>", "<x>%s</x>")) {
                    attempt(drawing(content.formatted(text)).getBytes(StandardCharsets.UTF_8));
                }
                attempt(("<svg viewBox='0 0 1" + text + "1 1'/>").getBytes(StandardCharsets.UTF_8));
            }
        });
    }

    @Test
    void takesLongPaths() {
        inspect(drawing("<path d='M0 0" + "l1-1".repeat(200_000) + "'/>"));
    }

    @Test
    void throwsNothingButRejectedAtDamage() {
        byte[] whole = INKSCAPE.getBytes(StandardCharsets.UTF_8);
        Random random = new Random(4711);
        int taken = 0;
        for (int i = 0; i < 3000; i++) {
            byte[] damaged = whole.clone();
            for (int n = random.nextInt(3); n >= 0; n--) {
                damaged[random.nextInt(damaged.length)] = (byte) "<>&\"'/#;:(){}[]\\ \0\u00e9x0".charAt(random.nextInt(21));
            }
            taken += attempt(damaged) ? 1 : 0;
        }
        assertTrue(taken > 100, "only " + taken + " were taken");
    }

    // ---- helpers

    private static String drawing(String content) {
        return "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='30'>" + content + "</svg>";
    }

    private void unsafe(String content) {
        Rejected refusal = refused(Code.UNSAFE_SVG, drawing(content));
        assertTrue(refusal.getMessage().startsWith("The drawing holds "), refusal::getMessage);
    }

    private boolean attempt(byte[] bytes) {
        try {
            inspect(bytes);
            return true;
        } catch (Rejected expected) {
            return false;
        }
    }

    private Rejected refused(Code code, String drawing) {
        return refused(code, drawing.getBytes(StandardCharsets.UTF_8));
    }

    private Rejected refused(Code code, byte[] bytes) {
        Rejected refusal = assertThrows(Rejected.class, () -> inspect(bytes), () -> new String(bytes, 0, Math.min(bytes.length, 300), StandardCharsets.UTF_8));
        if (code != null) {
            assertEquals(code, refusal.code(), refusal::getMessage);
        }
        return refusal;
    }

    private Inspection inspect(String drawing) {
        return inspect(drawing.getBytes(StandardCharsets.UTF_8));
    }

    private Inspection inspect(byte[] bytes) {
        return inspect(bytes, RULES);
    }

    private Inspection inspect(byte[] bytes, Rules rules) {
        try {
            return new Inspector().inspect(Files.write(folder.resolve("upload"), bytes), Optional.of("image/svg+xml"), rules);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
