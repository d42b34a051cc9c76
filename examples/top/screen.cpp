// SPDX-License-Identifier: MIT

#include "top/screen.hpp"

#include <algorithm>
#include <clocale>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include <langinfo.h>
#include <ncurses.h>

namespace top {

namespace {

/// Pairs of colours, numbered from 1; the terminal's own background.
constexpr short green = 1, yellow = 2, red = 3, cyan = 4;

attr_t attributes(colour in) {
    const auto pair = [](short number) { return COLOR_PAIR(number); };
    switch (in) {
        case colour::plain: return A_NORMAL;
        case colour::faint: return A_DIM;
        case colour::title: return static_cast<attr_t>(A_BOLD | pair(cyan));
        case colour::good: return static_cast<attr_t>(pair(green));
        case colour::warning: return static_cast<attr_t>(pair(yellow));
        case colour::bad: return static_cast<attr_t>(A_BOLD | pair(red));
    }
    return A_NORMAL;
}

/// Writes a line in row `y`; what is too long for the row is cut off there.
void put(int y, const line& spans) {
    int x = 0;
    for (const span& each : spans) {
        const int room = getmaxx(stdscr) - x;
        if (room <= 0) {
            return;
        }
        std::size_t bytes = 0;
        for (int seen = 0; bytes < each.text.size(); ++bytes) {
            seen += (static_cast<unsigned char>(each.text[bytes]) & 0xC0U) == 0x80U ? 0 : 1;
            if (seen > room) {
                break;
            }
        }
        attrset(static_cast<int>(attributes(each.in)));
        mvaddnstr(y, x, each.text.c_str(), static_cast<int>(bytes));
        x += width(each.text);
    }
    attrset(A_NORMAL);
}

}  // namespace

bool unicode_locale() {
    std::setlocale(LC_CTYPE, "");
    return std::string(nl_langinfo(CODESET)) == "UTF-8";
}

screen::screen(bool colours) : unicode_(unicode_locale()) {
    // initscr would end the program where the terminal is unknown.
    if (newterm(nullptr, stdout, stdin) == nullptr) {
        const char* const name = std::getenv("TERM");
        throw std::runtime_error(std::string("TERM=")
                                     .append(name == nullptr ? "" : name)
                                     .append(": expected a terminal that ncurses knows; --once "
                                             "prints one frame without one"));
    }
    cbreak();
    noecho();
    curs_set(0);
    keypad(stdscr, TRUE);
    if (colours && has_colors()) {
        start_color();
        use_default_colors();
        init_pair(green, COLOR_GREEN, -1);
        init_pair(yellow, COLOR_YELLOW, -1);
        init_pair(red, COLOR_RED, -1);
        init_pair(cyan, COLOR_CYAN, -1);
    }
}

screen::~screen() {
    endwin();
    delscreen(set_term(nullptr));
}

look screen::size() const {
    return {.columns = getmaxx(stdscr), .unicode = unicode_};
}

int screen::draw(const std::vector<line>& lines, int first, const line& footer) {
    erase();
    const int rows = getmaxy(stdscr) - 1;
    for (int y = 0; y < rows && first + y < static_cast<int>(lines.size()); ++y) {
        put(y, lines[static_cast<std::size_t>(first + y)]);
    }
    put(rows, footer);
    refresh();
    return std::max(0, static_cast<int>(lines.size()) - rows);
}

key screen::wait(std::chrono::milliseconds most) {
    timeout(static_cast<int>(std::max<std::chrono::milliseconds::rep>(most.count(), 0)));
    switch (getch()) {
        case 'q':
        case 'Q': return key::quit;
        case KEY_UP:
        case 'k': return key::up;
        case KEY_DOWN:
        case 'j': return key::down;
        case KEY_RESIZE: return key::resized;
        default: return key::none;
    }
}

}  // namespace top
