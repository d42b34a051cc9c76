// SPDX-License-Identifier: MIT
#include "../examples/predict/published_rows.hpp"

#include <cstddef>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

using published::parse;
using published::table;

const std::string header =
    "id,model,instance,core_generation,n_models,cores_per_model,batch_size,workers_per_model,"
    "precision,throughput_per_s,latency_p50_ms,latency_p99_ms,note\n";

/// The file that examples/predict comes with.
std::string example() {
    std::ifstream file(SOMA_SOURCE_DIR "/examples/predict/inferentia.csv", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The faults of a file with these lines under the header.
std::vector<std::string> faults_of(const std::string& lines) {
    const table result = parse(header + lines, "f");
    CHECK((result.faults.empty() || result.rows.size() < 3));
    return result.faults;
}

}  // namespace

TEST_CASE("the example's rows are read", "[examples][published_rows]") {
    const table result = parse(example(), "inferentia.csv");
    REQUIRE(result.faults.empty());
    CHECK(result.remarks.empty());
    REQUIRE(result.rows.size() == 12);

    const published::row& sweep = result.rows[0];
    CHECK(sweep.line == 2);
    CHECK(sweep.id == "rn50_inf1_b1");
    CHECK(sweep.network.name == "resnet50");
    CHECK(sweep.where->name == "inf1.6xlarge");
    CHECK(sweep.precision->name == "fp16");
    CHECK(sweep.how
          == soma::deployment{.batch = 1, .pipeline_cores = 1, .copies = 16, .workers = 2});
    CHECK(sweep.throughput == 3115.0);
    CHECK(!sweep.latency_ms);

    const published::row& pipeline = result.rows[5];
    CHECK(pipeline.network.name == "bert_base_s128");
    CHECK(pipeline.precision->name == "auto_cast<bf16>");
    CHECK(pipeline.how
          == soma::deployment{.batch = 1, .pipeline_cores = 16, .copies = 1, .workers = 12});
    CHECK(pipeline.throughput == 2009.1);
    CHECK(pipeline.latency_ms == 5.9);
    CHECK(result.rows[7].precision->name == "matmul_cast<bf16>");
}

TEST_CASE("columns are found by name, fields in quotes and line ends of any kind",
          "[examples][published_rows]") {
    const table result = parse(
        "\xEF\xBB\xBFmodel, id ,\"instance\",precision,batch_size,n_models,cores_per_model,"
        "core_generation,latency_p50_ms,throughput_per_s,source\r\n"
        "\r\n"
        "resnet18,\"a, \"\"b\"\"\nc\",inf2.xlarge,\"fp32, auto-cast to bf16\",1e0,2.0,1,,,\"5\" "
        ",x\r"
        ",,,,,,,,,,\n"
        "vgg16 , d,inf2.xlarge,bf16,8,1,2,neuron_core_v2,3.5,,",
        "f");
    REQUIRE(result.faults.empty());
    CHECK(result.remarks == std::vector<std::string>{"f:1: not read: \"source\""});
    REQUIRE(result.rows.size() == 2);
    CHECK(result.rows[0].id == "a, \"b\"\nc");
    CHECK(result.rows[0].line == 3);
    CHECK(result.rows[0].how.copies == 2);
    CHECK(result.rows[0].how.workers == 0);
    CHECK(result.rows[0].throughput == 5.0);
    CHECK(!result.rows[0].latency_ms);
    CHECK(result.rows[1].line == 6);
    CHECK(result.rows[1].id == "d");
    CHECK(result.rows[1].latency_ms == 3.5);
    CHECK(!result.rows[1].throughput);
}

TEST_CASE("each bad field has a sentence with its place", "[examples][published_rows]") {
    using faults = std::vector<std::string>;
    const std::string good = "g,resnet18,inf1.xlarge,neuron_core_v1,1,1,1,1,fp16,9,9,9,\n";
    REQUIRE(faults_of(good).empty());

    CHECK(faults_of(good + "a,resnet18,inf1.xlarge,neuron_core_v1,0,1,1,1,fp16,9,9,9,\n")
          == faults{"f:3: n_models \"0\": expected a whole number from 1 to 65536"});
    CHECK(faults_of("a,resnet18,inf1.xlarge,neuron_core_v1,1,65,1,1,fp16,9,9,9,\n")[0]
          == "f:2: cores_per_model \"65\": expected a whole number from 1 to 64");
    CHECK(faults_of("a,resnet18,inf1.xlarge,neuron_core_v1,2,3,1,1,fp16,9,9,9,\n")
          == faults{"f:2: 2 models x 3 cores = 6 cores: expected at most 4, those of inf1.xlarge"});
    CHECK(faults_of("a,resnet18,inf2.xlarge,neuron_core_v1,1,1,1,1,fp16,9,9,9,\n")
          == faults{"f:2: core_generation \"neuron_core_v1\": expected neuron_core_v2, the cores "
                    "of inf2.xlarge"});
    CHECK(faults_of("a,resnet18,inf1.xlarge,neuron_core_v1,1,1,1,1,fp16,9\n")
          == faults{"f:2: 10 columns: expected 13, as many as there are names"});
    CHECK(faults_of("a,resnet18,inf1.xlarge,neuron_core_v1,1,1,1,1,fp16,9,9,9,\"n\" m\n")
          == faults{"f:2: \"m\" after a field in quotes: expected a comma"});
    CHECK(faults_of("a,resnet18,inf1.xlarge,neuron_core_v1,1,1,1,1,fp16,9,9,9,\"n\nm\n")
          == faults{"f:2: the quotes that begin on line 2 do not end"});

    CHECK(
        faults_of("a,resnet18,inf1.xlarge,neuron_core_v1,1,1,1,1,fp16,0,9,9,\n")
        == faults{"f:2: throughput_per_s \"0\": expected a positive number, or nothing where none "
                  "was published"});

    // Everything that is wrong, in all rows, and numbers of lines behind quoted line ends.
    const faults all =
        faults_of(",resnet9,inf3.xlarge,,x,-1,1.5,0,int8,-2,1e999,inf,\"two\nlines\"\n" + good
                  + "b,resnet18,inf1.xlarge,neuron_core_v1,1,1,,1,fp16,9,9,9,\n");
    REQUIRE(all.size() == 12);
    CHECK(all.front() == "f:2: id \"\": expected a name for the row");
    CHECK(all.back() == "f:5: batch_size \"\": expected a whole number from 1 to 65536");
    for (const std::string_view value :
         {"model \"resnet9\": expected one of resnet18, ", "instance \"inf3.xlarge\": expected one",
          "n_models \"x\"", "cores_per_model \"-1\"", "batch_size \"1.5\"",
          "workers_per_model \"0\"", "precision \"int8\": expected one of fp32, ",
          "throughput_per_s \"-2\": expected a positive number", "latency_p50_ms \"1e999\"",
          "latency_p99_ms \"inf\""}) {
        CAPTURE(value);
        bool told = false;
        for (const std::string& fault : all) {
            told = told || fault.starts_with("f:2: " + std::string(value));
        }
        CHECK(told);
    }
}

TEST_CASE("a file that is no table is one fault", "[examples][published_rows]") {
    for (const auto& [text, fault] :
         {std::pair<std::string, std::string>{"", "f:1: the file is empty: expected a line with"},
          {" \n\n", "f:1: the file is empty"},
          {"hello\n1\n2\n", "f:1: no column id, model, instance, core_generation, n_models, "},
          {"id,\"", "f:1: the quotes that begin on line 1 do not end"},
          {header, "f:1: no row follows the names"},
          {"note," + header, "f:1: column \"note\" appears more than once"},
          {"\n" + header.substr(3), "f:2: no column id: expected a line with the columns id,model"},
          {std::string(5, '\0'), "f:1: no column id, "}}) {
        CAPTURE(text);
        const table result = parse(text, "f");
        REQUIRE(result.faults.size() == 1);
        CHECK(result.faults[0].starts_with(fault));
        CHECK(result.rows.empty());
    }
}

TEST_CASE("whatever the bytes, rows are sound and faults have a place",
          "[examples][published_rows]") {
    const std::string sound = example();
    const std::string_view pieces[] = {",",
                                       "\"",
                                       "\n",
                                       "\r\n",
                                       "\"\"",
                                       "\r",
                                       "65",
                                       "-1",
                                       "1e9",
                                       "nan",
                                       "fp16",
                                       "\xFF",
                                       " ",
                                       "inf1.xlarge",
                                       "0x10",
                                       "",
                                       "9999999999999999999999",
                                       "resnet50"};
    std::mt19937 bits(11);
    const auto below = [&bits](std::size_t limit) { return bits() % limit; };
    for (int round = 0; round < 3000; ++round) {
        std::string text = round % 3 == 0 ? std::string() : sound;
        if (round % 3 == 0) {
            for (std::size_t i = below(200); i > 0; --i) {
                text += static_cast<char>(bits() & 0xFF);
            }
        }
        for (std::size_t i = 1 + below(6); round % 3 == 1 && i > 0; --i) {
            text[below(text.size())] = static_cast<char>(bits() & 0xFF);
        }
        for (std::size_t i = 1 + below(4); round % 3 == 2 && i > 0; --i) {
            text.replace(below(text.size()), below(30), pieces[below(std::size(pieces))]);
        }
        CAPTURE(round, text);
        const table result = parse(text, "f");
        REQUIRE((!result.rows.empty() || !result.faults.empty()));
        for (const std::string& fault : result.faults) {
            REQUIRE(fault.starts_with("f:"));
            REQUIRE(fault.find_first_of("\n\r") == std::string::npos);
        }
        for (const published::row& r : result.rows) {
            REQUIRE(r.where != nullptr);
            REQUIRE(r.precision != nullptr);
            REQUIRE(r.how.batch >= 1);
            REQUIRE(r.how.workers >= 0);
            REQUIRE(r.how.cores() >= 1);
            REQUIRE(r.how.cores() <= r.where->cores());
            REQUIRE((!r.throughput || *r.throughput > 0));
            REQUIRE((!r.latency_ms || *r.latency_ms > 0));
        }
    }
}
