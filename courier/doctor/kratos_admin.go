package doctor

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"time"

	kratos "github.com/ory/kratos-client-go"
)

// kratosTimeout bounds a request to Kratos.
const kratosTimeout = 10 * time.Second

// runningKratos asks a Kratos whether it is alive, and which one it is.
func runningKratos(ctx context.Context, admin *kratos.APIClient, r *Report) {
	ctx, cancel := context.WithTimeout(ctx, kratosTimeout)
	defer cancel()
	_, answer, err := admin.MetadataAPI.IsAlive(ctx).Execute()
	if status := closed(answer); err != nil {
		r.found(notAlive(status, err))
		return
	}
	said, answer, err := admin.MetadataAPI.GetVersion(ctx).Execute()
	closed(answer)
	if err != nil {
		r.found(Finding{Unknown, "--kratos-admin", "Kratos does not tell its version", "see that --kratos-admin leads to the admin API itself"})
		return
	}
	r.learned("--kratos-admin", ability(said.GetVersion()))
}

// closed returns the status of an answer that has been read, or 0 without one.
func closed(answer *http.Response) int {
	if answer == nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

func notAlive(status int, err error) Finding {
	what := fmt.Sprintf("Kratos does not answer: %v", err)
	if status != 0 {
		what = fmt.Sprintf("what answers is no Kratos that is alive: HTTP %d", status)
	}
	return Finding{Unknown, "--kratos-admin", what, "start Kratos, or name the base URL of its admin API; one that asks for a token gets that of KRATOS_ADMIN_TOKEN"}
}

// ability says what a version of Kratos can do with codes to phones (seen with v1.3.1 and
// v26.2.0).
func ability(version string) string {
	switch {
	case isV1(version):
		return fmt.Sprintf("Kratos %s is alive: login and verification by SMS code; registration and recovery by SMS need v26.2", version)
	case regexp.MustCompile(`^v?[0-9]`).MatchString(version):
		return fmt.Sprintf("Kratos %s is alive", version)
	}
	return fmt.Sprintf("a Kratos that was built without a version (%q) is alive", version)
}
