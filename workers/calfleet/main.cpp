// The operator's command line: calfleet <group> <verb>.
#include "workers/calfleet/command_line.h"

int main(int argc, char** argv) {
    return calfleet::cli::run(argc, argv);
}
