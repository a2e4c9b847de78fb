package io.safelight.validate;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLStreamReader;

/**
 * What a drawing may hold. It is never served, only drawn, so this guards the renderer and what it could reach: nothing
 * that acts, nothing from outside the drawing, and no more work than {@link SvgWork} allows. Nothing is taken out: a
 * drawing is drawn as it is, or refused (docs/decisions/svg-refused-or-drawn.md).
 */
final class SvgPolicy {
    private static final String XML = "http://www.w3.org/XML/1998/namespace";
    private static final String XLINK = "http://www.w3.org/1999/xlink";
    private static final int MAX_ELEMENTS = 50_000;
    private static final int MAX_DEPTH = 64;
    private static final int MAX_ATTRIBUTE = 1 << 20;
    /** The time that laying out one text takes grows with the square of its length. */
    private static final int MAX_TEXT = 5_000;
    private static final int MAX_FILTER_REGION = 100_000;

    /** Without images and patterns, whose size in memory nothing in the drawing tells, and filters that take seconds for one picture. */
    private static final Set<String> ELEMENTS = Set.of("svg", "g", "defs", "symbol", "use", "switch", "view", "style", "title", "desc",
            "metadata", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath", "marker",
            "linearGradient", "radialGradient", "stop", "clipPath", "mask", "filter", "feBlend", "feColorMatrix", "feComponentTransfer",
            "feFuncR", "feFuncG", "feFuncB", "feFuncA", "feComposite", "feDropShadow", "feFlood", "feGaussianBlur", "feMerge",
            "feMergeNode", "feOffset");
    /** The renderer passes over every other foreign element with all that is in it; the first of these it would load. */
    private static final Set<String> ACTIVE_NAMESPACES = Set.of("http://www.w3.org/2001/XInclude", "http://www.w3.org/1999/xhtml");
    private static final Set<String> FUNCTIONS = Set.of("url", "rgb", "rgba", "hsl", "hsla", "matrix", "translate", "translatex", "translatey",
            "scale", "scalex", "scaley", "rotate", "skewx", "skewy", "not", "nth-child");
    private static final Pattern FUNCTION = Pattern.compile("(?<![\\w-])([a-z_-][\\w-]*+)\\(");
    private static final Pattern LOCAL = Pattern.compile("#[^\\s\"'()\\\\%#]+");
    static final Pattern LOCAL_URL = Pattern.compile("(?i)url\\(\\s*[\"']?#([^\\s\"'()\\\\%#]+)[\"']?\\s*\\)");
    private static final Pattern ANY_URL = Pattern.compile("(?i)url\\s*\\(");

    private final SvgWork work = new SvgWork();
    private final StringBuilder styleSheet = new StringBuilder();
    private int elements;
    private int depth;
    private int styleDepth;
    private int textDepth;
    private int textLength;

    static boolean isOwn(String namespace) {
        // the renderer draws what is in no namespace as if it were SVG's
        return namespace == null || namespace.isEmpty() || namespace.equals("http://www.w3.org/2000/svg");
    }

    void open(XMLStreamReader xml) {
        String name = xml.getLocalName();
        boolean own = isOwn(xml.getNamespaceURI());
        if (++elements > MAX_ELEMENTS || ++depth > MAX_DEPTH) {
            throw unsafe("more than %,d elements, or %d inside each other; simplify it".formatted(MAX_ELEMENTS, MAX_DEPTH));
        }
        if (own && !ELEMENTS.contains(name) || ACTIVE_NAMESPACES.contains(String.valueOf(xml.getNamespaceURI())) || styleDepth > 0) {
            throw unsafe("a <%s>; remove it".formatted(shown(name)));
        }
        work.open(own ? name : "");
        for (int i = 0; i < xml.getAttributeCount(); i++) {
            attribute(name, own, xml.getAttributeNamespace(i), xml.getAttributeLocalName(i), xml.getAttributeValue(i));
        }
        if (own && name.equals("style")) {
            styleDepth = depth;
        } else if (own && name.equals("text") && textDepth == 0) {
            textDepth = depth;
            textLength = 0;
        }
    }

    void close() {
        work.close();
        styleDepth = styleDepth == depth ? 0 : styleDepth;
        textDepth = textDepth == depth ? 0 : textDepth;
        depth--;
    }

    void text(String text) {
        if (styleDepth > 0) {
            styleSheet.append(text);
        } else if (textDepth > 0) {
            textLength += text.length();
            if (textLength > MAX_TEXT) {
                throw unsafe("a text of more than %,d characters; shorten it".formatted(MAX_TEXT));
            }
            work.text(text.length());
        }
    }

    /** Of processing instructions, the renderer knows but this one. */
    void instruction(String target) {
        if (target.equalsIgnoreCase("xml-stylesheet")) {
            throw unsafe("a link to a style sheet; put the styles into the drawing");
        }
    }

    /** How much there is to draw, as {@link SvgWork} counts it. */
    double work() {
        checkCss(styleSheet.toString());
        return work.sum(styleSheet.toString());
    }

    private void attribute(String element, boolean own, String namespace, String name, String value) {
        if (value.length() > MAX_ATTRIBUTE) {
            throw unsafe("an attribute of more than %,d characters; simplify it".formatted(MAX_ATTRIBUTE));
        }
        if (XML.equals(namespace) && name.equals("base")) {
            throw unsafe("an address that its links start from (xml:base); remove it");
        }
        if (!own || !XLINK.equals(namespace) && !isOwn(namespace)) {
            return; // an editor's notes, which the renderer passes over
        }
        if (name.toLowerCase(Locale.ROOT).startsWith("on")) {
            throw unsafe("a script (%s); remove it".formatted(shown(name)));
        }
        if (name.equals("href") || name.equals("src")) {
            if (!LOCAL.matcher(value).matches() || name.equals("src")) {
                throw unsafe("a link to something outside it; put what it links to into the drawing");
            }
            work.href(value.substring(1));
            return;
        }
        if (XLINK.equals(namespace)) {
            return;
        }
        if (element.equals("filter") && List.of("x", "y", "width", "height").contains(name)
                && SvgWork.numbers(value).anyMatch(number -> !(Math.abs(number) <= MAX_FILTER_REGION))) {
            throw unsafe("a filter that reaches far beyond it; make the filter's region smaller");
        }
        boolean label = name.equals("id") || name.equals("class") || name.startsWith("data-") || name.startsWith("aria-");
        if (!label) {
            checkCss(value);
        }
        work.attribute(name, value);
    }

    /** Style sheets, declarations and presentation attributes alike. */
    private static void checkCss(String css) {
        String lower = css.toLowerCase(Locale.ROOT);
        if (lower.contains("\\") || lower.contains("@import")) {
            throw unsafe("an @import or a backslash in its styles; write them without");
        }
        if (ANY_URL.matcher(css).results().count() != LOCAL_URL.matcher(css).results().count()) {
            throw unsafe("a style that refers to something outside it; refer to url(#…) only");
        }
        for (Matcher function = FUNCTION.matcher(lower); function.find(); ) {
            if (!FUNCTIONS.contains(function.group(1))) {
                throw unsafe("a style with %s(), which is not drawn here; write it without".formatted(shown(function.group(1))));
            }
        }
    }

    private static String shown(String name) {
        return name.substring(0, Math.min(name.length(), 40));
    }

    static Rejected unsafe(String what) {
        return new Rejected(Code.UNSAFE_SVG, "The drawing holds " + what + ", or export the drawing as PNG.");
    }
}
