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

struct Command {
    std::string name;
    std::string description;
    std::vector<Option> options;
    std::string positional;  ///< what stands for it in the help; empty where there is none
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
        Command row{command->get_name(), command->get_description(), options_of(*command), {}};
        for (const CLI::Option* option : command->get_options()) {
            if (option->get_positional()) {
                row.positional = option->get_name(true);
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

/// "--one | --two": the options after which a file comes, or another value.
std::string options_before(const std::vector<Command>& commands, bool file) {
    std::set<std::string> names;
    for (const Command& command : commands) {
        for (const Option& option : command.options) {
            if (!option.value.empty() && is_path(option) == file) {
                names.insert(option.name);
            }
        }
    }
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
    return command.positional.empty()
               ? std::string{}
               : " \\\n                '*:" + zsh_text(command.positional) + ":'";
}

std::string zsh_specs(const std::vector<Option>& options) {
    std::string specs;
    for (const Option& option : options) {
        specs += " \\\n                '" + option.name + "[" + zsh_text(option.description) + "]" +
                 zsh_value(option) + "'";
    }
    return specs;
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
    const std::vector<Command> commands = commands_of(app);
    std::string cases;
    for (const Command& command : commands) {
        cases += "        *:" + command.name + ") words='" + names_of(command.options) + "' ;;\n";
    }
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
    case $COMP_CWORD:${COMP_WORDS[1]} in
        1:*) words=')" +
           names_of(commands) + " " + names_of(options_of(app)) + R"(' ;;
)" + cases +
           R"(    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _followd followd
)";
}

std::string zsh_completion(const CLI::App& app) {
    const std::vector<Command> commands = commands_of(app);
    std::string described;
    std::string cases;
    for (const Command& command : commands) {
        described += "        '" + command.name + ":" + zsh_text(command.description) + "'\n";
        cases += "        " + command.name + ")\n            _arguments" +
                 zsh_specs(command.options) + zsh_rest(command) + " ;;\n";
    }
    return R"(#compdef followd
# Completion of zsh for followd; made by: followd completion zsh
local -a commands
if ((CURRENT == 2)); then
    commands=(
)" + described +
           R"(    )
    _describe command commands
    _arguments)" +
           zsh_specs(options_of(app)) + R"(
else
    shift words
    ((CURRENT--))
    case ${words[1]} in
)" + cases +
           R"(    esac
fi
)";
}

}  // namespace followd::cli
