package io.safelight.model.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.model.Format;
import io.safelight.model.Size;
import io.safelight.model.VariantSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ChainTest {
    @ParameterizedTest
    @EnumSource(OpKind.class)
    void readsItsOwnTextBack(OpKind kind) {
        for (Op op : kind.examples()) {
            assertEquals(List.of(op), Chain.parse(op.text()).ops());
        }
    }

    @Test
    void givesEachPropertyOfTheReferenceAnExampleThatUsesIt() {
        for (OpKind kind : OpKind.values()) {
            String examples = String.join(" ", kind.examples().stream().map(Op::text).toList()).replace("position=", "");
            List<String> unused = kind.parameters().stream().map(OpKind.Parameter::name)
                    .filter(name -> !examples.contains(name + "=") && !List.of("margin", "position").contains(name)).toList();
            assertEquals(List.of(), unused, kind.slug());
        }
    }

    @Test
    void keepsSignsInAText() {
        Op mark = new Watermark(new Watermark.Text("50% + 1, a=b:c ©", Watermark.Font.SANS, 0, Colour.WHITE), Watermark.Position.SOUTHEAST, 0.5, 30, 2);
        assertEquals(List.of(mark), Chain.parse(mark.text()).ops());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "shrink:100 | there is no operation 'shrink'",
        "resize | needs 'width' or 'height'",
        "resize:width=0 | from 1 to 16383",
        "resize:width=99999 | from 1 to 16383",
        "resize:width=1e3 | from 1 to 16383",
        "resize:wide=100 | no parameter 'wide'",
        "resize:width=100,width=200 | is not an operation",
        "resize:width=100,fit=squeeze | takes for 'fit' one of [fit, fill, cover, crop]",
        "resize:width=100,fit=crop | needs 'width' and 'height'",
        "resize:width=100,gravity=north | only with fit=crop",
        "crop:width=100 | needs 'height'",
        "crop:width=100,height=100,x=5,gravity=north | either 'x' and 'y' or 'gravity'",
        "rotate:400 | from -360 to 360",
        "flip | needs 'direction'",
        "watermark:text=a,colour=transparent | takes for 'colour' one that can be seen; 'opacity' says how far the text is seen through",
        "filter:oil | takes for 'kind' one of",
        "filter:kind=sepia,sigma=2 | only with blur and sharpen",
        "filter:kind=blur,sigma=1000 | from 0.3 to 100",
        "background:red | a colour as rrggbb",
        "background:transparent | an opaque colour",
        "watermark:position=north | 'text' or 'image'",
        "watermark:text=a,image=b.png | 'text' or 'image'",
        "watermark:image=../secret.png | the name of a file",
        "watermark:image=a.png,size=12 | only with 'text'",
        "watermark:text=a%0A | none of which is a control character",
        "watermark:text=\u00a0\u202f\u200b | one of which at least can be seen",
        "watermark:text=%GG | without two hexadecimal digits",
        "trim:threshold=255 | from 1 to 254",
        "resize:100+ | there is no operation ''",
        "trim+trim+trim+trim+trim+trim+trim+trim+trim+trim+trim | at most 10 operations"})
    void saysWhatIsWrong(String text, String why) {
        String said = assertThrows(IllegalArgumentException.class, () -> Chain.parse(text)).getMessage();
        assertTrue(said.contains(why), said);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "resize:width=100 | 200x100 | 100x50 | ",
        "resize:height=100 | 50x400 | 13x100 | ",
        "resize:width=1000 | 200x100 | 200x100 | ",
        "resize:width=100,height=100 | 200x100 | 100x50 | ",
        "resize:width=100,height=20 | 200x100 | 40x20 | ",
        "resize:width=100,height=100,fit=fill | 200x100 | 100x100 | ",
        "resize:width=400,height=400,fit=fill | 200x100 | 100x100 | ",
        "resize:width=50,height=50,fit=cover | 200x100 | 100x50 | ",
        "resize:width=50,height=50,fit=crop | 200x100 | 100x50 | 50x50",
        "resize:width=400,height=400,fit=crop | 200x100 | 200x100 | 100x100",
        "resize:width=1,height=16383,fit=crop | 3x3 | 3x3 | 1x3"})
    void shrinksToTheBoxAndNeverEnlarges(String text, String picture, String scaled, String cut) {
        Resize resize = (Resize) Chain.parse(text).ops().getFirst();
        assertEquals(size(scaled), resize.scaled(size(picture)));
        assertEquals(Optional.ofNullable(cut).map(ChainTest::size), resize.cut(size(picture)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "crop:width=50,height=40 | 75,30,50x40",
        "crop:width=50,height=40,gravity=northwest | 0,0,50x40",
        "crop:width=50,height=40,gravity=southeast | 150,60,50x40",
        "crop:width=50,height=40,gravity=east | 150,30,50x40",
        "crop:width=500,height=40 | 0,30,200x40",
        "crop:width=50,height=40,x=180,y=90 | 180,90,20x10",
        "crop:width=50,height=40,x=900,y=900 | 199,99,1x1"})
    void cutsOutOfAPictureOf200By100(String text, String expected) {
        Area area = ((Crop) Chain.parse(text).ops().getFirst()).area(new Size(200, 100));
        assertEquals(expected, area.x() + "," + area.y() + "," + area.width() + "x" + area.height());
    }

    @Test
    void readsARequestWithItsFormatAndQuality() {
        assertEquals(new VariantSpec("on-the-fly", Chain.parse("resize:320+filter:sepia"), List.of(Format.WEBP), 70, false),
                VariantSpec.ofRequest("resize:320+filter:sepia+format:webp+quality:70+strip", Format.JPEG));
        assertEquals(List.of(Format.JPEG), VariantSpec.ofRequest("trim", Format.JPEG).formats());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"format:gif | not 'gif'", "format | takes one value", "quality:0 | from 1 to 100", "quality:high | from 1 to 100", "strip:no | takes nothing"})
    void saysWhatIsWrongWithARequest(String text, String why) {
        String said = assertThrows(IllegalArgumentException.class, () -> VariantSpec.ofRequest(text, Format.JPEG)).getMessage();
        assertTrue(said.contains(why), said);
    }

    private static Size size(String text) {
        int[] sides = Arrays.stream(text.split("x")).mapToInt(Integer::parseInt).toArray();
        return new Size(sides[0], sides[1]);
    }
}
