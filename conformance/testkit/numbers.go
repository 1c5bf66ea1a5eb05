package testkit

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
)

// Numbers gives invented phone numbers: those that North America keeps for films,
// a hundred in each area code. The last two digits, which is what masked numbers
// show, differ over a hundred of them. The zero value is ready; it gives the same
// numbers each time.
type Numbers struct {
	areas []int
	given atomic.Int64
}

// NumbersFrom gives the numbers of one seed, so that runs against one running
// deployment do not meet each other's limits and identities. A run that is split
// takes for each share its number, from 0, of so many shares.
func NumbersFrom(seed uint64, share, shares int) *Numbers {
	areas := areaCodes()
	random := rand.New(rand.NewPCG(seed, 0)) // #nosec G404 -- chance that can be repeated.
	random.Shuffle(len(areas), func(i, j int) { areas[i], areas[j] = areas[j], areas[i] })
	n := &Numbers{}
	for i := share; i < len(areas); i += shares {
		n.areas = append(n.areas, areas[i])
	}
	return n
}

// Next returns the next number. When all are given they come again.
func (n *Numbers) Next() string {
	areas := n.areas
	if areas == nil {
		areas = areaCodes()
	}
	i := int(n.given.Add(1)) - 1
	return fmt.Sprintf("+1%d55501%02d", areas[i/100%len(areas)], i%100)
}

// areaCodes are area codes of the United States, as the numbering plan had them
// in 2024. Those of Canada and the islands would be other countries.
func areaCodes() []int {
	return []int{
		201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229, 231, 234, 239, 240,
		248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302, 303, 304, 305, 307, 308, 309, 310, 312, 313, 314,
		315, 316, 317, 318, 319, 320, 321, 323, 325, 330, 334, 336, 337, 347, 351, 352, 360, 361, 385, 386, 401, 402, 404, 405, 406,
		407, 408, 409, 410, 412, 413, 414, 415, 417, 419, 423, 424, 425, 430, 432, 434, 435, 440, 443, 469, 470, 475, 478, 479, 480,
		484, 501, 502, 503, 504, 505, 507, 508, 509, 510, 512, 513, 515, 516, 517, 518, 520, 530, 540, 541, 551, 559, 561, 562, 563,
		567, 570, 571, 573, 574, 575, 580, 585, 586, 601, 602, 603, 605, 606, 607, 608, 609, 610, 612, 614, 615, 616, 617, 618, 619,
		620, 623, 626, 630, 631, 636, 641, 646, 650, 651, 660, 661, 662, 678, 682, 701, 702, 703, 704, 706, 707, 708, 712, 713, 714,
		715, 716, 717, 718, 719, 720, 724, 727, 731, 732, 734, 740, 754, 757, 760, 763, 765, 770, 772, 773, 774, 775, 781, 785, 786,
		801, 802, 803, 804, 805, 806, 808, 810, 812, 813, 814, 815, 816, 817, 818, 828, 830, 831, 832, 843, 845, 847, 848, 850, 856,
		857, 858, 859, 860, 862, 863, 864, 865, 870, 901, 903, 904, 906, 907, 908, 909, 910, 912, 913, 914, 915, 916, 917, 918, 919,
		920, 925, 928, 931, 936, 937, 940, 941, 949, 951, 952, 954, 956, 970, 971, 972, 973, 978, 979, 980, 985, 989,
	}
}
