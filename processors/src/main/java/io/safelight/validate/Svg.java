package io.safelight.validate;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Reads a drawing's size, and its every element on the way: {@link SvgPolicy} refuses what must not reach the renderer. */
final class Svg implements HeaderReader {
    private static final int MAX_BYTES = 4 << 20;
    private static final int MAX_VIEW_BOX = 200;
    private static final Pattern LENGTH = Pattern.compile("\\s*\\+?(\\d{1,9}(?:\\.\\d{0,20})?|\\.\\d{1,20})(?:[eE]\\+?(\\d))?([a-zA-Z]*|%)\\s*");
    private static final Pattern COMMA_OR_SPACE = Pattern.compile("\\s*,\\s*|\\s+");

    private record Size(double width, double height) {}

    private record Drawing(Size size, double work) {}

    /** The JDK's, whatever else is on the class path; made anew, as it is not for several threads. */
    private static XMLInputFactory factory() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
        factory.setXMLResolver((publicId, systemId, base, namespace) -> {
            throw new XMLStreamException("nothing outside the file is read");
        });
        return factory;
    }

    @Override
    public Header read(Source in) {
        if (in.length() > MAX_BYTES) {
            throw new Rejected(Code.TOO_LARGE, "The SVG has %,d bytes and at most %,d are taken; simplify the drawing or export it as PNG."
                    .formatted(in.length(), MAX_BYTES));
        }
        Drawing drawing = read(text(in));
        return new Header(Math.round(drawing.size.width), Math.round(drawing.size.height), 4, 1, true, drawing.work, in::length);
    }

    /** As UTF-8 and nothing else: a text that two parsers decode in two ways could show one what it hides from the other. */
    private static String text(Source in) {
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(in.bytes(0, (int) in.length()))).toString();
            return text.startsWith("\ufeff") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw Source.broken("The SVG is not written in UTF-8; save it so.");
        }
    }

    private static Drawing read(String text) {
        try {
            XMLStreamReader xml = factory().createXMLStreamReader(new StringReader(text));
            String encoding = xml.getCharacterEncodingScheme();
            if (encoding != null && !encoding.equalsIgnoreCase("UTF-8") || xml.getVersion() != null && !xml.getVersion().equals("1.0")) {
                throw Source.broken("The SVG is not XML 1.0 in UTF-8; save it so.");
            }
            return read(xml);
        } catch (Rejected e) {
            throw e;
        } catch (XMLStreamException | RuntimeException e) { // the JDK's parser throws a few unchecked ones at nonsense
            throw Source.broken("The SVG is not well-formed XML; export the drawing again.");
        }
    }

    private static Drawing read(XMLStreamReader xml) throws XMLStreamException {
        SvgPolicy policy = new SvgPolicy();
        Size size = null;
        while (xml.hasNext()) {
            switch (xml.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    size = size == null ? size(xml) : size;
                    policy.open(xml);
                }
                case XMLStreamConstants.END_ELEMENT -> policy.close();
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> policy.text(xml.getText());
                case XMLStreamConstants.PROCESSING_INSTRUCTION -> policy.instruction(xml.getPITarget());
                case XMLStreamConstants.DTD -> throw SvgPolicy.unsafe("a DOCTYPE; save it without one, as plain SVG");
                case XMLStreamConstants.ENTITY_REFERENCE -> throw SvgPolicy.unsafe("an entity; save it without");
                default -> { }
            }
        }
        return new Drawing(size, policy.work());
    }

    // --- the size

    /** What a browser would give it: where one side is missing or a share of the page, the viewBox tells the ratio, or both. */
    private static Size size(XMLStreamReader root) {
        if (!root.getLocalName().equals("svg") || !SvgPolicy.isOwn(root.getNamespaceURI())) {
            throw Source.broken("The file's outermost element is not an SVG; export the drawing again.");
        }
        Optional<Double> width = length(root, "width");
        Optional<Double> height = length(root, "height");
        if (width.isPresent() && height.isPresent()) {
            return new Size(width.get(), height.get());
        }
        Size box = viewBox(root);
        if (width.isPresent()) {
            return new Size(width.get(), width.get() * box.height / box.width);
        }
        return height.map(h -> new Size(h * box.width / box.height, h)).orElse(box);
    }

    private static Size viewBox(XMLStreamReader root) {
        String value = root.getAttributeValue(null, "viewBox");
        if (value == null) {
            throw Source.broken("The SVG states no size; give it width and height, or a viewBox.");
        }
        String[] numbers = COMMA_OR_SPACE.split(value.length() > MAX_VIEW_BOX ? "" : value.strip());
        Matcher width = LENGTH.matcher(numbers.length == 4 ? numbers[2] : "");
        Matcher height = LENGTH.matcher(numbers.length == 4 ? numbers[3] : "");
        if (!width.matches() || !height.matches() || !width.group(3).isEmpty() || !height.group(3).isEmpty()
                || number(width) == 0 || number(height) == 0) {
            throw Source.broken("The SVG's viewBox is not four numbers with a width and a height; export the drawing again.");
        }
        return new Size(number(width), number(height));
    }

    /** In pixels, 96 to the inch; empty where it is absent or a percentage. */
    private static Optional<Double> length(XMLStreamReader root, String name) {
        String value = root.getAttributeValue(null, name);
        if (value == null || value.strip().equals("auto")) {
            return Optional.empty();
        }
        Matcher length = LENGTH.matcher(value);
        if (!length.matches()) {
            throw Source.broken("The SVG's %s is not a length; write it in pixels.".formatted(name));
        }
        double number = number(length);
        return switch (length.group(3)) {
            case "%" -> Optional.empty();
            case "", "px" -> Optional.of(number);
            case "in" -> Optional.of(number * 96);
            case "cm" -> Optional.of(number * 96 / 2.54);
            case "mm" -> Optional.of(number * 96 / 25.4);
            case "pt" -> Optional.of(number * 96 / 72);
            case "pc" -> Optional.of(number * 96 / 6);
            default -> throw Source.broken("The SVG's %s has a unit that is not known here; write it in pixels.".formatted(name));
        };
    }

    private static double number(Matcher length) {
        return Double.parseDouble(length.group(1)) * Math.pow(10, length.group(2) == null ? 0 : Integer.parseInt(length.group(2)));
    }
}
