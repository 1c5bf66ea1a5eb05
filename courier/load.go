package courier

// Load is how busy a dispatcher is.
type Load struct {
	// Waiting is how many deliveries wait in memory for their turn, and Room for how
	// many there is room. What does not fit waits in the store.
	Waiting, Room int
	// Lanes are those of all routes, in the routes' order.
	Lanes []LaneLoad
}

// LaneLoad is how busy the lane of a route is.
type LaneLoad struct {
	Route   string
	Channel Channel
	// Used is how many requests are under way, and Size how many may be.
	Used, Size int
}

// Load tells how busy the dispatcher is at the moment.
func (x *Dispatcher) Load() Load {
	load := Load{Waiting: len(x.ready), Room: cap(x.ready)}
	for _, r := range x.policy.Routes {
		lane := x.ways[r.Name].lane
		load.Lanes = append(load.Lanes, LaneLoad{Route: r.Name, Channel: r.Channel, Used: lane.taken(), Size: lane.size})
	}
	return load
}
