#pragma once

#include "config/settings_parser.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace followd::config {

/// Every mistake as its line; empty where the text is well.
inline std::vector<std::string> mistakes_of(std::string_view text,
                                            const std::string& file = "f.yaml") {
    const SettingsOrMistakes parsed = parse_settings(text, file);
    std::vector<std::string> lines;
    if (const auto* mistakes = std::get_if<std::vector<Mistake>>(&parsed)) {
        EXPECT_FALSE(mistakes->empty());
        for (const Mistake& mistake : *mistakes) {
            lines.push_back(to_string(mistake));
        }
    }
    return lines;
}

/// The settings; a test with mistakes fails and goes on with the defaults.
inline Settings settings_of(std::string_view text, const std::string& file = "f.yaml") {
    const SettingsOrMistakes parsed = parse_settings(text, file);
    if (const auto* settings = std::get_if<Settings>(&parsed)) {
        return *settings;
    }
    for (const std::string& line : mistakes_of(text, file)) {
        ADD_FAILURE() << line;
    }
    return {};
}

/// Two clusters, in lines 1 to 3; what a test adds begins in line 4.
inline std::string with_clusters(std::string_view more) {
    return "clusters:\n"
           "  beijing: {urls: [\"http://es1:9200\"]}\n"
           "  shanghai: {urls: [\"http://es2:9200\"]}\n" +
           std::string{more};
}

}  // namespace followd::config
