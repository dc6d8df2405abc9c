// SPDX-License-Identifier: GPL-2.0-or-later
// Lines for people: the view has written each of them.
#include "analyzer/sinks/sink.hpp"

namespace kstrax {

namespace {

class TextSink final : public Sink {
  public:
    void begin(TextBuffer& out, const Frame& head) override { append(out, head.lines.view()); }
    void columns(TextBuffer& out, const Schema& schema) override {
        if (schema.heading.empty()) return;
        append(out, schema.heading);
        out.push_back('\n');
    }
    void end(TextBuffer& out, const Frame& tail) override { append(out, tail.lines.view()); }
};

}  // namespace

std::unique_ptr<Sink> make_text_sink() { return std::make_unique<TextSink>(); }

}  // namespace kstrax
