package specs

// reported is the answer of GET /admin/reports.
type reported struct {
	Lines []struct {
		Key string `json:"key"`
		reportedTotal
	} `json:"lines"`
	Total reportedTotal `json:"total"`
}

// reportedTotal is what a line says, and the total.
type reportedTotal struct {
	Messages   int     `json:"messages"`
	Suppressed int     `json:"suppressed"`
	Sent       int     `json:"sent"`
	Delivered  int     `json:"delivered"`
	Used       int     `json:"used"`
	Fallback   int     `json:"fallback"`
	Failed     int     `json:"failed"`
	Cost       float64 `json:"cost"`
}

func (r reported) keys() (keys []string) {
	for _, line := range r.Lines {
		keys = append(keys, line.Key)
	}
	return keys
}
