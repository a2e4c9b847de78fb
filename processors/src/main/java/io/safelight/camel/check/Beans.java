package io.safelight.camel.check;

import java.io.IOException;
import java.lang.classfile.AnnotationElement;
import java.lang.classfile.AnnotationValue;
import java.lang.classfile.Attributes;
import java.lang.classfile.AttributedElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.reflect.AccessFlag;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The {@code @Named} beans among our compiled classes, read from the class files so that nothing is loaded or started. */
final class Beans {
    private static final String OURS = "io/safelight";
    private static final String NAMED = "Ljakarta/inject/Named;";

    private final Map<String, ClassModel> classes = new HashMap<>();
    /** Name of the bean to the internal name of its class. */
    private final Map<String, String> named = new HashMap<>();

    static Beans of(List<Path> roots) throws IOException {
        Beans beans = new Beans();
        for (Path root : roots) {
            if (Files.isDirectory(root)) {
                beans.read(root.resolve(OURS));
            } else {
                try (FileSystem jar = FileSystems.newFileSystem(root)) {
                    beans.read(jar.getPath(OURS));
                }
            }
        }
        beans.classes.values().forEach(beans::name);
        return beans;
    }

    Set<String> names() {
        return new TreeSet<>(named.keySet());
    }

    /** Names of the public methods, inherited ones too; nothing where a class outside ours takes part. */
    Optional<Set<String>> methods(String bean) {
        Set<String> methods = new HashSet<>();
        return collect(named.get(bean), methods) ? Optional.of(methods) : Optional.empty();
    }

    private void read(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path file : walk.filter(f -> f.toString().endsWith(".class")).toList()) {
                ClassModel type = ClassFile.of().parse(Files.readAllBytes(file));
                classes.put(type.thisClass().asInternalName(), type);
            }
        }
    }

    private void name(ClassModel type) {
        String internal = type.thisClass().asInternalName();
        String simple = internal.substring(Math.max(internal.lastIndexOf('/'), internal.lastIndexOf('$')) + 1);
        nameOf(type, Character.toLowerCase(simple.charAt(0)) + simple.substring(1)).ifPresent(name -> named.put(name, internal));
        for (MethodModel producer : type.methods()) {
            String made = producer.methodTypeSymbol().returnType().descriptorString().replaceAll("^L|;$", "");
            nameOf(producer, producer.methodName().stringValue()).ifPresent(name -> named.put(name, made));
        }
    }

    private static Optional<String> nameOf(AttributedElement element, String byDefault) {
        return element.findAttribute(Attributes.runtimeVisibleAnnotations()).stream()
                .flatMap(a -> a.annotations().stream())
                .filter(a -> a.className().equalsString(NAMED)).findFirst()
                .map(a -> a.elements().stream().map(AnnotationElement::value).findFirst()
                        .map(value -> ((AnnotationValue.OfString) value).stringValue()).orElse(byDefault));
    }

    private boolean collect(String internal, Set<String> methods) {
        if (internal == null || !classes.containsKey(internal)) {
            return "java/lang/Object".equals(internal) || "java/lang/Record".equals(internal);
        }
        ClassModel type = classes.get(internal);
        type.methods().stream().filter(m -> m.flags().has(AccessFlag.PUBLIC)).forEach(m -> methods.add(m.methodName().stringValue()));
        return Stream.concat(type.superclass().stream(), type.interfaces().stream())
                .map(ClassEntry::asInternalName).map(above -> collect(above, methods)).reduce(true, Boolean::logicalAnd);
    }
}
