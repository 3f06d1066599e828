#include "cli/command_table.hpp"

#include <exception>
#include <iostream>

int main(int argc, char** argv) {
    try {
        return followd::cli::run_command_line(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "followd: defect: " << error.what() << '\n';
        return 70;
    }
}
