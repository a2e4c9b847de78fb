package io.safelight.camel.check;

import io.safelight.config.Finding;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.comments.CommentType;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CommentEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** What a graphical editor would lose or a reader would miss: comments among the steps, anchors, a key given twice. */
final class TidyYaml implements Rule {
    @Override
    public void check(Project project, Consumer<Finding> findings) {
        Stream.concat(project.routeFiles.stream(), project.kamelets.stream().map(Kamelet::file)).forEach(file -> {
            events(file.file(), project.texts.get(file.file()), findings);
            file.tree().forEach(node -> duplicates(node, findings));
        });
    }

    private static void events(String file, String text, Consumer<Finding> findings) {
        boolean begun = false;
        try {
            for (Event event : new Parse(Yaml.SETTINGS).parseString(text)) {
                int line = Yaml.lineOf(event.getStartMark());
                if (begun && event instanceof CommentEvent comment && comment.getCommentType() != CommentType.BLANK_LINE) {
                    findings.accept(new Finding(file, line, "a comment below the top of the file",
                            "Move it to the top or into a description; Kaoto drops it when it saves."));
                } else if (event instanceof AliasEvent alias) {
                    findings.accept(new Finding(file, line, "the alias *" + alias.getAlias(), "Write out what it stands for; Kaoto knows no aliases."));
                } else if (event instanceof NodeEvent node && node.getAnchor().isPresent()) {
                    findings.accept(new Finding(file, line, "the anchor &" + node.getAnchor().get(), "Write it out where it is used; Kaoto knows no anchors."));
                }
                begun |= event instanceof NodeEvent;
            }
        } catch (YamlEngineException alreadyReported) {
            // the project names what cannot be read
        }
    }

    private static void duplicates(Yaml node, Consumer<Finding> findings) {
        Set<String> seen = new HashSet<>();
        for (Yaml entry : node.pairs()) {
            if (!seen.add(entry.key())) {
                findings.accept(entry.fault("the key '" + entry.key() + "' is given twice", "Keep one of them; the later one hides the earlier."));
            }
        }
    }
}
