#include "cli/completion.hpp"

#include <CLI/CLI.hpp>

#include <set>
#include <string_view>
#include <vector>

namespace followd::cli {

namespace {

// How the help calls a value that is a file's or a folder's name.
constexpr std::string_view file_value = "FILE";
constexpr std::string_view folder_value = "DIR";

struct Option {
    std::string name;  ///< with its dashes
    std::string description;
    std::string value;  ///< what stands for it in the help; empty where there is none
};

struct Positional {
    std::string name;  ///< what stands for it in the help
    bool takes_many;
};

struct Command {
    std::string name;
    std::string description;
    std::vector<Option> options;
    std::vector<Positional> positionals;
    std::vector<Command> commands;  ///< of a group of commands
};

bool is_path(const Option& option) {
    return option.value == file_value || option.value == folder_value;
}

bool is_any(const CLI::App* /*command*/) {
    return true;
}

std::vector<Option> options_of(const CLI::App& app) {
    std::vector<Option> options;
    for (const CLI::Option* option : app.get_options()) {
        const std::string value = option->get_expected_max() > 0 ? option->get_option_text() : "";
        for (const std::string& name : option->get_lnames()) {
            options.push_back(Option{"--" + name, option->get_description(), value});
        }
    }
    return options;
}

std::vector<Command> commands_of(const CLI::App& app) {
    std::vector<Command> commands;
    for (const CLI::App* command : app.get_subcommands(is_any)) {
        Command row{command->get_name(),
                    command->get_description(),
                    options_of(*command),
                    {},
                    commands_of(*command)};
        for (const CLI::Option* option : command->get_options()) {
            if (option->get_positional()) {
                row.positionals.push_back(
                    Positional{option->get_name(true), option->get_expected_max() > 1});
            }
        }
        commands.push_back(std::move(row));
    }
    return commands;
}

/// "one two three", for any rows with a name.
template <class Row>
std::string names_of(const std::vector<Row>& rows) {
    std::string names;
    for (const Row& row : rows) {
        names += (names.empty() ? "" : " ") + row.name;
    }
    return names;
}

void collect_options_before(const std::vector<Command>& commands,
                            bool file,
                            std::set<std::string>& names) {
    for (const Command& command : commands) {
        for (const Option& option : command.options) {
            if (!option.value.empty() && is_path(option) == file) {
                names.insert(option.name);
            }
        }
        collect_options_before(command.commands, file, names);
    }
}

/// "--one | --two": the options after which a file comes, or another value.
std::string options_before(const std::vector<Command>& commands, bool file) {
    std::set<std::string> names;
    collect_options_before(commands, file, names);
    std::string pattern;
    for (const std::string& name : names) {
        pattern += (pattern.empty() ? "" : " | ") + name;
    }
    return pattern;
}

/// Within single quotes of zsh's _arguments, where brackets and colons have a meaning.
std::string zsh_text(std::string_view text) {
    std::string quoted;
    for (const char c : text) {
        if (c == '\'') {
            quoted += "'\\''";
        } else {
            quoted += c == '[' || c == ']' || c == ':' ? std::string{'\\', c} : std::string{c};
        }
    }
    return quoted;
}

std::string zsh_value(const Option& option) {
    if (option.value.empty()) {
        return {};
    }
    return ":" + option.value + ":" +
           (option.value == folder_value ? "_files -/"
            : is_path(option)            ? "_files"
                                         : "");
}

/// What may stand where no option does.
std::string zsh_rest(const Command& command) {
    std::string specs;
    for (std::size_t at = 0; at < command.positionals.size(); ++at) {
        const Positional& positional = command.positionals[at];
        specs += " \\\n                '" + (positional.takes_many ? "*" : std::to_string(at + 1)) +
                 ":" + zsh_text(positional.name) + ":'";
    }
    return specs;
}

std::string zsh_specs(const std::vector<Option>& options) {
    std::string specs;
    for (const Option& option : options) {
        specs += " \\\n                '" + option.name + "[" + zsh_text(option.description) + "]" +
                 zsh_value(option) + "'";
    }
    return specs;
}

std::string indented(std::string text, const std::string& by) {
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
        text.insert(at + 1, by);
    }
    return by + text;
}

/// Offers the commands, or what the one that is named already takes.
std::string zsh_choice(const std::vector<Command>& commands, const std::vector<Option>& options) {
    std::string described;
    std::string cases;
    for (const Command& command : commands) {
        described += "        '" + command.name + ":" + zsh_text(command.description) + "'\n";
        cases += "        " + command.name + ")\n";
        cases += command.commands.empty()
                     ? "            _arguments" + zsh_specs(command.options) + zsh_rest(command)
                     : indented(zsh_choice(command.commands, command.options), "            ");
        cases += " ;;\n";
    }
    return R"(if ((CURRENT == 2)); then
    commands=(
)" + described +
           R"(    )
    _describe command commands
    _arguments)" +
           zsh_specs(options) + R"(
else
    shift words
    ((CURRENT--))
    case ${words[1]} in
)" + cases +
           R"(    esac
fi)";
}

/// Branches of the words that a command takes, by "WORD:COMMAND:COMMAND WITHIN".
std::string bash_cases(const std::vector<Command>& commands) {
    std::string cases;
    for (const Command& command : commands) {
        if (command.commands.empty()) {
            cases +=
                "        *:" + command.name + ":*) words='" + names_of(command.options) + "' ;;\n";
            continue;
        }
        cases += "        2:" + command.name + ":*) words='" + names_of(command.commands) + " " +
                 names_of(command.options) + "' ;;\n";
        for (const Command& inner : command.commands) {
            cases += "        *:" + command.name + ":" + inner.name + ") words='" +
                     names_of(inner.options) + "' ;;\n";
        }
    }
    return cases;
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
    const std::vector<Command> commands = commands_of(app);
    return R"(# Completion of bash for followd; made by: followd completion bash
_followd() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words=''
    case $previous in
        )" +
           options_before(commands, true) + R"()
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return ;;
        )" +
           options_before(commands, false) + R"()
            COMPREPLY=()
            return ;;
    esac
    case $COMP_CWORD:${COMP_WORDS[1]}:${COMP_WORDS[2]} in
        1:*) words=')" +
           names_of(commands) + " " + names_of(options_of(app)) + R"(' ;;
)" + bash_cases(commands) +
           R"(    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _followd followd
)";
}

std::string zsh_completion(const CLI::App& app) {
    return R"(#compdef followd
# Completion of zsh for followd; made by: followd completion zsh
local -a commands
)" + zsh_choice(commands_of(app), options_of(app)) +
           "\n";
}

}  // namespace followd::cli
