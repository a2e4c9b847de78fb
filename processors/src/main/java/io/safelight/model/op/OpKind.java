package io.safelight.model.op;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The operations by name, with what the reference says of them. The examples are run by every engine's tests. */
public enum OpKind {
    RESIZE("Shrinks to a width, a height or a box, keeping the aspect unless told otherwise; never enlarges.", "width", Resize::read, List.of(
            new Parameter("width", "1 to 16383 pixels"), new Parameter("height", "1 to 16383 pixels; one of the two may be left out"),
            new Parameter("fit", "`fit` inside the box (default), `fill` it and give up the aspect, `cover` it and stand out, or `crop` what stands out"),
            new Parameter("gravity", "which part `crop` keeps: `center` (default), `north`, `northeast`, … or `attention`, what catches the eye")),
            "resize:width=120", "resize:height=60", "resize:width=100,height=100", "resize:width=90,height=90,fit=fill",
            "resize:width=90,height=90,fit=cover", "resize:width=90,height=90,fit=crop", "resize:width=60,height=90,fit=crop,gravity=northwest",
            "resize:width=90,height=90,fit=crop,gravity=attention"),
    CROP("Cuts a part out; what lies outside of the picture is left away.", null, Crop::read, List.of(
            new Parameter("width", "1 to 16383 pixels, required"), new Parameter("height", "1 to 16383 pixels, required"),
            new Parameter("x", "pixels from the left; with `y`, in place of `gravity`"), new Parameter("y", "pixels from the top"),
            new Parameter("gravity", "where the part lies: as with `resize`")),
            "crop:width=80,height=60", "crop:width=80,height=60,x=20,y=30", "crop:width=80,height=60,gravity=southeast",
            "crop:width=80,height=60,gravity=attention"),
    ROTATE("Turns clockwise.", "angle", Rotate::read, List.of(
            new Parameter("angle", "-360 to 360 degrees, required"),
            new Parameter("background", "colour of the corners where the angle is no quarter turn; `transparent` by default. What is seen through in the picture stays so")),
            "rotate:angle=90", "rotate:angle=180", "rotate:angle=270", "rotate:angle=30,background=ffcc00", "rotate:angle=-15"),
    FLIP("Mirrors.", "direction", Flip::read, List.of(
            new Parameter("direction", "`horizontal` swaps left and right, `vertical` top and bottom; required")),
            "flip:direction=horizontal", "flip:direction=vertical"),
    WATERMARK("Lays a text or an image over the picture.", "text", Watermark::read, List.of(
            new Parameter("text", "1 to 200 characters; or `image`"),
            new Parameter("image", "a PNG, JPEG or WebP below `config/watermarks/`; or `text`"),
            new Parameter("position", "`southeast` (default), `center`, `north`, … or `tiled`"),
            new Parameter("opacity", "0.01 to 1; 0.5 by default"),
            new Parameter("width", "of the mark, 1 to 100 percent of the picture's; 30 by default"),
            new Parameter("margin", "to the edge and between tiles, 0 to 50 percent of the picture's shorter side; 2 by default"),
            new Parameter("size", "of the text's letters in pixels, 4 to 1000, in place of `width`; less where the text would be larger than the picture"),
            new Parameter("font", "`sans` (default) or `sans-bold`, both DejaVu, which come with Safelight"),
            new Parameter("colour", "of the text, `rrggbb`; `ffffff` by default")),
            "watermark:text=Safelight,width=60", "watermark:text=Safelight,position=northwest,size=14,colour=ff0000,opacity=1,font=sans-bold",
            "watermark:text=draft,position=tiled,width=20,opacity=0.4", "watermark:image=example.png,position=center,width=50,opacity=0.8",
            "watermark:image=example.png,position=tiled,width=15"),
    FILTER("Changes colours or sharpness.", "kind", Filter::read, List.of(
            new Parameter("kind", "`grayscale`, `sepia`, `blur`, `sharpen` or `edge`; required. libvips sharpens lightness and leaves even areas alone, Thumbnailator sharpens each colour"),
            new Parameter("sigma", "radius of `blur` (0.3 to 100, 3 by default) and `sharpen` (0.3 to 10, 1 by default) in pixels")),
            "filter:kind=grayscale", "filter:kind=sepia", "filter:kind=blur", "filter:kind=blur,sigma=8", "filter:kind=sharpen", "filter:kind=edge"),
    BACKGROUND("Puts the picture on a colour, so that no alpha is left.", "colour", Background::read, List.of(
            new Parameter("colour", "`rrggbb`; required")),
            "background:colour=336699"),
    TRIM("Cuts a border of one colour away, or one that is seen through: as the top left pixel is. Thin lines stay, but with libvips before 8.15.", null, Trim::read, List.of(
            new Parameter("threshold", "1 to 254: how far a colour may be from the border's to count as such; 10 by default")),
            "trim", "trim:threshold=40");

    /** @param doc in the words of the reference */
    public record Parameter(String name, String doc) {}

    private final String doc;
    private final String shorthand;
    private final Function<Parameters, Op> reader;
    private final List<Parameter> parameters;
    private final List<String> examples;

    OpKind(String doc, String shorthand, Function<Parameters, Op> reader, List<Parameter> parameters, String... examples) {
        this.doc = doc;
        this.shorthand = shorthand;
        this.reader = reader;
        this.parameters = parameters;
        this.examples = List.of(examples);
    }

    public String slug() {
        return name().toLowerCase(Locale.ROOT);
    }

    public String doc() {
        return doc;
    }

    public List<Parameter> parameters() {
        return parameters;
    }

    /** The parameter that a lone value is for, as in {@code filter: sepia}. */
    public Optional<String> shorthand() {
        return Optional.ofNullable(shorthand);
    }

    /** Each way of using it, once. */
    public List<Op> examples() {
        return examples.stream().map(text -> Chain.parse(text).ops().getFirst()).toList();
    }

    /** @throws IllegalArgumentException with a sentence for people, for a parameter that is unknown, missing or wrong */
    public Op read(Map<String, String> values) {
        Map<String, String> named = new LinkedHashMap<>(values);
        if (shorthand != null && named.containsKey("") && !named.containsKey(shorthand)) {
            named.put(shorthand, named.remove(""));
        }
        return reader.apply(new Parameters(this, named));
    }

    /** @throws IllegalArgumentException with a sentence for people, for a name that is none */
    public static OpKind of(String slug) {
        return Arrays.stream(values()).filter(kind -> kind.slug().equals(slug)).findFirst().orElseThrow(() -> new IllegalArgumentException(
                "there is no operation '%s'; use one of %s".formatted(slug, Arrays.stream(values()).map(OpKind::slug).toList())));
    }
}
