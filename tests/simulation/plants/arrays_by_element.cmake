# impl/twin/twin.ipp
# Arrays are merged element by element, as by lodash in Azure/azure-iot-sdk-node.
instead_of([[#include <hubtwin/twin/twin.hpp>
]]
           [[#include <hubtwin/twin/twin.hpp>
#include "simulation/plants/arrays_by_element.hpp"
]])
instead_of([[      status = desired_.begin(Patch::Mode::kMerge);
]]
           [[      status = desired_.begin(Patch::Mode::kMerge);
      desired = &simulation::arrays_by_element(desired_);
]])
