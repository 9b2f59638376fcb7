package registry

import (
	"fmt"
	"net/http"
)

// failure is an answer that says no, with the code by which clients of this
// interface know the reason.
type failure struct {
	status  int
	Code    int    `json:"error_code"`
	Message string `json:"message"`
}

// Error implements error.
func (f failure) Error() string { return f.Message }

func subjectNotFound(subject string) error {
	return failure{http.StatusNotFound, 40401, fmt.Sprintf("Subject '%s' not found.", subject)}
}

func versionNotFound(version string) error {
	return failure{http.StatusNotFound, 40402, fmt.Sprintf("Version %s not found.", version)}
}

func schemaNotFound(what string) error {
	return failure{http.StatusNotFound, 40403, fmt.Sprintf("Schema %s not found.", what)}
}

func levelNotFound(subject string) error {
	return failure{http.StatusNotFound, 40408, fmt.Sprintf("Subject '%s' does not have subject-level compatibility configured.", subject)}
}

func invalidSchema(detail string) error {
	return failure{http.StatusUnprocessableEntity, 42201, "Invalid schema: " + detail}
}

func invalidVersion(version string) error {
	return failure{http.StatusUnprocessableEntity, 42202, fmt.Sprintf("The specified version '%s' is not a valid version id. Allowed values are between [1, 2^31-1] and the string 'latest'.", version)}
}

func invalidLevel(err error) error {
	return failure{http.StatusUnprocessableEntity, 42203, "Invalid compatibility level: " + err.Error()}
}

func incompatible(detail string) error {
	return failure{http.StatusConflict, http.StatusConflict, "Schema being registered is incompatible with an earlier schema: " + detail}
}

func tooLarge() error {
	return failure{http.StatusRequestEntityTooLarge, http.StatusRequestEntityTooLarge, fmt.Sprintf("The body is longer than %d bytes.", maxBody)}
}

func badRequest(detail string) error {
	return failure{http.StatusBadRequest, http.StatusBadRequest, detail}
}

// storeFailed keeps the store's error out of the answer: it may name hosts.
func storeFailed() error {
	return failure{http.StatusInternalServerError, 50001, "The schema store could not be written; try again."}
}
