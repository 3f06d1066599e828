#pragma once

#include "followd/base/result.hpp"
#include "followd/model/ids.hpp"

#include "engine/generation_ports.hpp"
#include "es/json.hpp"

#include <string>
#include <vector>

/// What stands under the names of an alias's generations, and how the alias is moved from one to
/// the next. Pure.

namespace followd::es {

/// A generation with what only the adapter looks at.
struct FoundGeneration {
    engine::Generation generation;
    std::vector<std::string> aliases;          ///< all that show it
    std::vector<std::string> leaders_aliases;  ///< those of them that were its leader's
};

/// `index` is an index object with flat settings. `refused` where its mark is not understood,
/// `malformed` where it has no UUID.
[[nodiscard]] Result<FoundGeneration> read_generation(const IndexName& name,
                                                      const IndexName& alias,
                                                      const Json& index);

/// Of the answer to a listing of the alias and of everything that begins like its generations:
/// oldest first. Errors as GenerationTarget::list_generations().
[[nodiscard]] Result<std::vector<FoundGeneration>> read_generations(const IndexName& alias,
                                                                    const Json& answer);

/// The actions of one `_aliases` request: the alias and the leader's on `change.to`, and on no
/// other generation any more. `conflict` where the generation that is to be shown is not there,
/// marked, any more, or where what is shown now must stay.
[[nodiscard]] Result<Json> plan_switch(const engine::GenerationSwitch& change,
                                       const std::vector<FoundGeneration>& found);

/// `conflict` where what stands there now is not that generation, or must not be removed.
[[nodiscard]] Result<void> judge_removal(const engine::Generation& generation,
                                         const FoundGeneration& found);

}  // namespace followd::es
