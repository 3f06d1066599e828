#include "config/secrets.hpp"

#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>

namespace followd::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Secrets : public ::testing::Test {
protected:
    void SetUp() override {
        cluster_.name = ClusterName{"beijing"};
        repository_.name = RepositoryName{"over-http"};
    }

    [[nodiscard]] std::string write(const std::string& text) const {
        const std::string path = folder_.file("secret");
        std::ofstream{path} << text;
        ::chmod(path.c_str(), S_IRUSR | S_IWUSR);
        return path;
    }
    std::string basic(const std::string& username, const std::string& text) {
        cluster_.auth.username = username;
        cluster_.auth.password_file = write(text);
        return answer();
    }
    std::string api_key(const std::string& text) {
        cluster_.auth.api_key_file = write(text);
        return answer();
    }
    std::string bearer(const std::string& text) {
        cluster_.auth.bearer_token_file = write(text);
        return answer();
    }
    std::string token(const std::string& text) {
        repository_.token_file = write(text);
        return token_answer();
    }
    std::string token_answer() {
        const Result<std::string> token = read_token(repository_, &warnings_);
        if (!token.ok()) {
            EXPECT_EQ(token.failure().kind, FailureKind::unauthorised);
            return to_string(token.failure());
        }
        return *token;
    }
    /// The header, or the Failure's line.
    std::string answer() {
        const Result<std::string> header = read_authorization(cluster_, &warnings_);
        if (!header.ok()) {
            EXPECT_EQ(header.failure().kind, FailureKind::unauthorised);
            return to_string(header.failure());
        }
        return *header;
    }

    test::TemporaryFolder folder_;
    ClusterSettings cluster_;
    RepositorySettings repository_;
    std::vector<std::string> warnings_;
};

TEST_F(Secrets, no_authentication_is_an_empty_header) {
    EXPECT_EQ(answer(), "");
}

TEST_F(Secrets, basic_is_base64_of_every_length) {
    EXPECT_EQ(basic("Aladdin", "open sesame\n"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    EXPECT_EQ(basic("a", "b"), "Basic YTpi");
    EXPECT_EQ(basic("a", "bc"), "Basic YTpiYw==");
    EXPECT_EQ(basic("a", "bcd"), "Basic YTpiY2Q=");
    EXPECT_EQ(basic("u", "\xC3\xBF\xC3\xBF"), "Basic dTrDv8O/");
}

TEST_F(Secrets, one_newline_at_the_end_is_taken_away) {
    EXPECT_EQ(bearer("t\n"), "Bearer t");
    EXPECT_EQ(bearer("t\r\n"), "Bearer t");
    EXPECT_EQ(basic("a", " b "), "Basic YTogYiA=");
    EXPECT_THAT(bearer("t\n\n"), HasSubstr("more than one line"));
}

TEST_F(Secrets, an_api_key_may_be_encoded_already) {
    EXPECT_EQ(api_key("id:key\n"), "ApiKey aWQ6a2V5");
    EXPECT_EQ(api_key("aWQ6a2V5"), "ApiKey aWQ6a2V5");
}

TEST_F(Secrets, what_cannot_stand_in_a_header_is_refused_and_not_shown) {
    for (const std::string text : {"hunter2\nX-Other: 1", "hunter2\r", "hunter2\tx"}) {
        EXPECT_THAT(bearer(text),
                    AllOf(HasSubstr("cluster beijing"),
                          HasSubstr("secret holds"),
                          Not(HasSubstr("hunter2"))));
    }
    EXPECT_THAT(bearer("hunter2 x"),
                AllOf(HasSubstr("no bearer token"), Not(HasSubstr("hunter2"))));
    cluster_.auth = {};
    EXPECT_THAT(api_key("hunter2 x"), AllOf(HasSubstr("no API key"), Not(HasSubstr("hunter2"))));
}

TEST_F(Secrets, files_that_cannot_serve_are_named_with_their_cluster) {
    cluster_.auth.bearer_token_file = folder_.file("none");
    EXPECT_EQ(answer(),
              "cluster beijing: " + cluster_.auth.bearer_token_file +
                  " cannot be read: No such file or directory (unauthorised)");
    cluster_.auth.bearer_token_file = folder_.path();
    EXPECT_THAT(answer(), HasSubstr("is a folder"));
    EXPECT_THAT(bearer(""), HasSubstr("is empty"));
    EXPECT_THAT(bearer("\n"), HasSubstr("is empty"));
    EXPECT_THAT(bearer(std::string(20'000, 'x')), HasSubstr("is larger than 16384 bytes"));
    EXPECT_EQ(bearer(std::string(16'384, 'x')).size(), 16'384U + 7U);
}

TEST_F(Secrets, a_file_that_everybody_can_read_is_a_warning) {
    EXPECT_EQ(bearer("t"), "Bearer t");
    EXPECT_THAT(warnings_, IsEmpty());
    ::chmod(cluster_.auth.bearer_token_file.c_str(), 0644);
    EXPECT_EQ(answer(), "Bearer t");
    EXPECT_THAT(warnings_,
                ElementsAre("cluster beijing: " + cluster_.auth.bearer_token_file +
                            " can be read by every user of this machine; take that "
                            "away (chmod o-r)"));
    EXPECT_TRUE(read_authorization(cluster_).ok());
}

TEST_F(Secrets, a_repository_may_have_a_token) {
    EXPECT_EQ(token_answer(), "");
    EXPECT_EQ(token("aZ09-._~\n"), "aZ09-._~");
    EXPECT_EQ(token("..a"), "..a");
    EXPECT_THAT(warnings_, IsEmpty());
    ::chmod(repository_.token_file.c_str(), 0644);
    EXPECT_EQ(token_answer(), "..a");
    EXPECT_THAT(warnings_,
                ElementsAre("repository over-http: " + repository_.token_file +
                            " can be read by every user of this machine; take that "
                            "away (chmod o-r)"));
    EXPECT_TRUE(read_token(repository_).ok());
}

TEST_F(Secrets, a_token_that_cannot_stand_in_an_address_is_refused_and_not_shown) {
    for (const std::string text :
         {"hunter2/x", "hunter2 x", "hunter2%20", "hunter2?", "hunter2#", "hunter2\xC3\xBF"}) {
        const std::string answer = token(text);
        EXPECT_THAT(answer,
                    AllOf(HasSubstr("repository over-http: " + repository_.token_file +
                                    " holds something that cannot stand in a URL as it is: a token "
                                    "is of letters, digits, \"-\", \".\", \"_\" and \"~\""),
                          Not(HasSubstr("hunter2"))));
    }
    for (const char* dots : {".", "..", "..."}) {
        EXPECT_THAT(token(dots), HasSubstr("cannot stand in a URL")) << dots;
    }
    EXPECT_THAT(token("hunter2\nx"), HasSubstr("more than one line"));
    EXPECT_THAT(token(""), HasSubstr("is empty"));
    repository_.token_file = folder_.file("none");
    EXPECT_EQ(token_answer(),
              "repository over-http: " + repository_.token_file +
                  " cannot be read: No such file or directory (unauthorised)");
}

}  // namespace
}  // namespace followd::config
